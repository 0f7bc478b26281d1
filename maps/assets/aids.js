/* Reading aids: graticule, circles round stations, coordinates to copy, measuring, units of the plan only. */
(function (kepu) {
  'use strict';
  const el = kepu.el, marks = kepu.marks, geodesy = kepu.geodesy;

  function line() {
    const now = marks.now(), parts = [];
    if (now.radius) parts.push(kepu.text('radius_note', {length: now.radius < 1000 ? kepu.text('metres', {n: now.radius}) : kepu.text('kilometres', {n: now.radius / 1000})}));
    if (now.measuring && now.points.length < 2) parts.push(kepu.text('measure_hint'));
    if (now.points.length > 1) parts.push(kepu.text('measured', {length: geodesy.length(marks.total())}));
    kepu.byId('aid-line').hidden = !parts.length;
    kepu.byId('aid-line').textContent = parts.join(kepu.text('semicolon'));
    kepu.byId('measure').setAttribute('aria-pressed', String(now.measuring));
    kepu.byId('measure-clear').hidden = !now.points.length;
    kepu.byId('map').classList.toggle('measuring', now.measuring);
  }

  function copyPosition() {
    const now = marks.now(), centre = kepu.map.leaflet().getCenter();
    const at = now.at || [centre.lng, centre.lat];
    kepu.copy(geodesy.format(at[0], at[1], now.format), function (ok) {
      kepu.toast(ok ? kepu.text('position_copied', {text: geodesy.format(at[0], at[1], now.format)}) : kepu.text('copy_failed'));
    });
  }

  function stop() { marks.set({measuring: false, points: []}); }

  function onKey(event) {
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'c' || event.key === 'C') copyPosition();
    if (event.key === 'Escape' && marks.now().measuring) stop();
    if (event.key === 'Enter' && marks.now().measuring && event.target.id === 'map') marks.click(kepu.map.leaflet().getCenter());
  }

  /* A page that scrolls keeps one finger for itself; the map then moves with two. */
  function fingers() {
    const embedded = window.self !== window.top;
    if (!embedded || !window.matchMedia('(pointer: coarse)').matches) return;
    const map = kepu.map.leaflet(), hint = kepu.byId('two-fingers');
    map.dragging.disable();
    map.getContainer().addEventListener('touchmove', function (event) {
      hint.hidden = event.touches.length > 1;
      clearTimeout(fingers.timer);
      fingers.timer = setTimeout(function () { hint.hidden = true; }, 1200);
    }, {passive: true});
  }

  kepu.controls.push(function () {
    const toggle = kepu.byId('aids-toggle'), body = kepu.byId('aids-body'), format = kepu.byId('format'), plan = kepu.byId('only-plan');
    document.querySelectorAll('.of-stations').forEach(function (node) { node.hidden = !kepu.data.layers.some(function (one) { return one.name === 'stations' && one.items.length; }); });
    plan.parentNode.hidden = !kepu.data.hasWider;
    if (geodesy.grid) format.appendChild(el('option', {value: 'plane'}, kepu.text('format_plane', {code: geodesy.grid.code})));
    toggle.addEventListener('click', function () {
      body.hidden = !body.hidden;
      toggle.setAttribute('aria-expanded', String(!body.hidden));
    });
    kepu.byId('graticule').addEventListener('change', function () { marks.set({graticule: this.checked}); });
    kepu.byId('radius').addEventListener('change', function () { marks.set({radius: +this.value}); if (+this.value && kepu.state.now.layers.indexOf('stations') < 0) kepu.state.toggleLayer('stations'); });
    format.addEventListener('change', function () {
      marks.set({format: format.value});
      const at = marks.now().at;
      if (at) marks.pointer({lng: at[0], lat: at[1]});
    });
    plan.addEventListener('change', function () { kepu.state.set({scope: plan.checked ? 'plan' : null}); });
    kepu.byId('measure').addEventListener('click', function () { if (marks.now().measuring) marks.set({measuring: false}); else marks.set({measuring: true, points: []}); });
    kepu.byId('measure-clear').addEventListener('click', stop);
    document.addEventListener('keydown', onKey);
    marks.changed = line;
    const follow = function () { plan.checked = kepu.state.now.scope === 'plan'; };
    kepu.state.listen(function (changed) { if (changed.scope) follow(); });
    follow();
    fingers();
  });
})(window.kepu);
