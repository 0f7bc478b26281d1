/* The leader's view: one sentence, the main requirements as rings, the townships with the largest gaps. */
(function (kepu) {
  'use strict';
  const data = kepu.data, el = kepu.el, TAU = 2 * Math.PI;

  /* The sentence as nodes, its gaps standing out. */
  function sentence(view) {
    const c = view.counts, values = {n: c.inScope, met: c.met, shared: c.shared, not: c.notMet, unknown: c.unknown};
    if (view.kind === data.KIND.city) return kepu.rich('sentence_city', {state: kepu.text('verdict_' + view.verdict)}, {});
    const key = view.rules.length > 1 ? 'sentence_all' : c.shared ? 'sentence_shared' : 'sentence';
    return kepu.rich(key, Object.assign({units: kepu.text('units_' + data.KIND_NAME[view.kind])}, values), {not: 'gap-number'});
  }

  function verdict(view) {
    if (!view.verdict) return null;
    const parts = [el('span', {class: 'verdict ' + view.verdict}, kepu.text('verdict_' + view.verdict))];
    if (view.value !== null && view.threshold !== null) {
      const share = view.measure === 'share' || view.measure === 'reach';
      const show = function (v) { return share ? (Math.floor(v * 1000 + 1e-9) / 10) + '%' : String(Math.round(v * 100) / 100); };
      parts.push(el('span', {class: 'value'}, kepu.text('value_of', {value: show(view.value), threshold: show(view.threshold)})));
    }
    return el('p', {class: 'verdict-line'}, parts);
  }

  function arc(from, to, r) {
    const a = [20 + r * Math.sin(from * TAU), 20 - r * Math.cos(from * TAU)], b = [20 + r * Math.sin(to * TAU), 20 - r * Math.cos(to * TAU)];
    return 'M' + a.map(fix) + 'A' + r + ' ' + r + ' 0 ' + (to - from > 0.5 ? 1 : 0) + ' 1 ' + b.map(fix);
  }
  function fix(v) { return v.toFixed(2); }

  function ring(counts) {
    const parts = [[counts.met, data.palette.states[1].fill], [counts.notMet, data.palette.states[3].fill], [counts.unknown, '#b9c0c8']];
    const svg = el('svg', {viewBox: '0 0 40 40', 'aria-hidden': 'true', class: 'ring'});
    let from = 0;
    parts.forEach(function (part, i) {
      const share = counts.inScope ? part[0] / counts.inScope : 0;
      if (!share) return;
      if (share > 0.9999) svg.appendChild(el('circle', {cx: 20, cy: 20, r: 16, fill: 'none', stroke: part[1], 'stroke-width': 6}));
      else svg.appendChild(el('path', {d: arc(from, from + share, 16), fill: 'none', stroke: part[1], 'stroke-width': i === 1 ? 8 : 6,
        'stroke-dasharray': i === 2 ? '2 1.5' : null}));
      from += share;
    });
    return svg;
  }

  /* The requirements on the most units, in the plan's order. */
  function mainRules() {
    if (data.views.size < 2) return [];
    const main = data.place.mainRules.map(kepu.state.viewOf).filter(Boolean);
    return main.slice(0, 6);
  }

  function rings() {
    return mainRules().map(function (view) {
      const current = kepu.state.now.rule === view.id;
      return el('button', {type: 'button', class: 'ring-button', 'aria-pressed': String(current), title: view.title,
        onclick: function () { kepu.state.set({rule: view.id}); }},
        el('span', {class: 'dial'}, ring(view.counts), el('strong', {}, kepu.percent(view.counts.met, view.counts.inScope))),
        el('span', {class: 'what'}, ringLabel(view)));
    });
  }

  function ringLabel(view) {
    const key = 'short_' + view.id.split('.').slice(1).join('_');
    return kepu.texts[key] || view.title;
  }

  function worst(view) {
    const rows = [];
    data.byTownship(view).forEach(function (c, town) { if (town >= 0 && c.inScope > c.met) rows.push([c, town]); });
    rows.sort(function (a, b) { return b[0].notMet - a[0].notMet || b[0].unknown - a[0].unknown || a[1] - b[1]; });
    return rows.slice(0, 12).map(function (pair, i) {
      const c = pair[0];
      return el('li', {class: i < 3 ? null : 'paper'}, el('button', {type: 'button', class: 'link', onclick: function () { kepu.state.set({township: pair[1], state: 'gaps'}); }},
        kepu.name(data.units[pair[1]].name)), ' ', kepu.text('worst_line', {not: c.notMet, unknown: c.unknown, n: c.inScope}));
    });
  }

  /* All main requirements on villages in one sentence; a click paints the map by it. */
  function leader(view) {
    const box = kepu.byId('leader'), all = data.views.has('main.all.village') && kepu.state.viewOf('main.all.village');
    box.hidden = !all || all.id === view.id;
    if (box.hidden) return;
    kepu.fill(box, el('button', {type: 'button', class: 'link', title: kepu.text('leader_of', {rules: all.rules.map(ringLabel).join(kepu.text('comma'))}),
      onclick: function () { kepu.state.set({rule: all.id}); }}, el('u', {}, kepu.text('leader', {n: all.rules.length})), sentence(all)));
  }

  function draw() {
    const view = kepu.state.view(), list = view.kind === data.KIND.city ? [] : worst(view);
    leader(view);
    kepu.byId('scope-note').hidden = !kepu.scopeNote();
    kepu.byId('scope-note').textContent = kepu.scopeNote();
    kepu.fill(kepu.byId('sentence'), sentence(view));
    kepu.fill(kepu.byId('verdict'), verdict(view));
    kepu.fill(kepu.byId('rings'), rings());
    kepu.byId('rings-title').hidden = !kepu.byId('rings').children.length;
    kepu.byId('worst-title').hidden = !list.length || view.kind === data.KIND.township || kepu.world.townships.length < 2;
    kepu.fill(kepu.byId('worst'), kepu.byId('worst-title').hidden ? [] : list);
  }

  kepu.controls.push(function () {
    kepu.state.listen(function (changed) { if (changed.rule || changed.date) { draw(); if (!kepu.playing) kepu.announce(kepu.byId('sentence').textContent); } });
    draw();
  });
})(window.kepu);
