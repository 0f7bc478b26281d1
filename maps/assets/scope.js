/* The units of the plan, or all there are: what the plan leaves out is judged by the same rules, for reference. */
(function (kepu) {
  'use strict';
  const data = kepu.data;

  function counts() {
    const towns = data.units.filter(function (unit) { return unit.kind === data.KIND.township; });
    return {n: towns.filter(function (unit) { return unit.inPlan; }).length, all: towns.length};
  }

  /* A township that the plan leaves out, or a village in one. */
  kepu.outside = function (unit) {
    return data.hasWider && unit.kind <= data.KIND.village && unit.town >= 0 && !data.units[unit.town].inPlan;
  };

  /* What is counted, said wherever counts beyond the plan's are shown; empty for the plan's own. */
  kepu.scopeNote = function () { return kepu.dates.wide() ? kepu.text('scope_note', counts()) : ''; };

  kepu.controls.push(function () {
    if (!data.hasWider) return;
    const plan = kepu.byId('scope-plan'), all = kepu.byId('scope-all');
    kepu.byId('scope').hidden = false;
    plan.textContent = kepu.text('scope_plan', counts());
    all.textContent = kepu.text('scope_all', counts());
    plan.addEventListener('click', function () { kepu.state.set({scope: null}); });
    all.addEventListener('click', function () { kepu.state.set({scope: 'all'}); });
    const follow = function () {
      const wide = kepu.dates.wide();
      plan.setAttribute('aria-pressed', String(!wide));
      all.setAttribute('aria-pressed', String(wide));
    };
    let wide = kepu.dates.wide();
    kepu.state.listen(function (changed) {
      if (!changed.scope) return;
      follow();
      if (wide !== kepu.dates.wide() && kepu.state.now.township === null) kepu.map.home();
      wide = kepu.dates.wide();
    });
    follow();
  });
})(window.kepu);
