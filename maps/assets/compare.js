/* Two days of one requirement: a line between them on the map, and which units changed, counted and listed. */
(function (kepu) {
  'use strict';
  const data = kepu.data, el = kepu.el, dates = kepu.dates, marks = kepu.marks, KINDS = ['better', 'worse', 'other'];
  const MOST = 400;
  let shown = null;

  function found() {
    const now = kepu.state.now, before = dates.view(now.rule, now.compare), after = dates.view(now.rule, now.date);
    const out = {better: [], worse: [], other: []};
    data.units.forEach(function (unit) {
      const change = unit.kind === after.kind && dates.change(before, after, unit.index);
      if (change) out[change].push({unit: unit, from: before.states.get(unit.index), to: after.states.get(unit.index)});
    });
    return out;
  }

  function item(row) {
    const town = row.unit.town >= 0 && row.unit.town !== row.unit.index ? data.units[row.unit.town].name : '';
    return el('li', {'data-code': row.unit.code}, el('button', {type: 'button', class: 'link', onclick: function () { kepu.select({unit: row.unit}, true); }}, kepu.name(row.unit.name)), ' ', kepu.name(town, 'town'),
      el('span', {class: 'from-to'}, kepu.symbols.glyphSwatch(row.from === undefined ? 4 : row.from), kepu.stateName(row.from), ' → ', kepu.symbols.glyphSwatch(row.to === undefined ? 4 : row.to), kepu.stateName(row.to)));
  }

  function draw() {
    const now = kepu.state.now, on = now.compare !== null;
    kepu.byId('compare').hidden = !on;
    document.body.classList.toggle('comparing', on);
    kepu.byId('swipe').hidden = !on;
    if (!on) { if (kepu.list) kepu.list.paint(); return; }
    const all = found();
    if (!shown || !all[shown].length) shown = KINDS.find(function (kind) { return all[kind].length; }) || 'better';
    kepu.fill(kepu.byId('compare-days'), kepu.text('compare_days', {from: dates.long(now.compare), to: dates.long(now.date)}));
    kepu.fill(kepu.byId('compare-counts'), KINDS.map(function (kind) {
      return el('button', {type: 'button', 'data-kind': kind, 'aria-pressed': String(kind === shown), onclick: function () { shown = kind; draw(); }},
        kepu.text('change_' + kind), ' ', el('b', {}, all[kind].length));
    }));
    kepu.fill(kepu.byId('compare-list'), all[shown].slice(0, MOST).map(item), all[shown].length ? null : el('li', {}, kepu.text('compare_same')));
    kepu.byId('swipe-before').textContent = dates.long(now.compare);
    kepu.byId('swipe-after').textContent = dates.long(now.date);
    place();
  }

  function phone() { return window.innerWidth <= 760; }

  /* The line stands between the legend and the right edge; a phone shows one day at a time. */
  function place() {
    const share = Math.max(0, Math.min(1, marks.now().share)), swipe = kepu.byId('swipe');
    swipe.style.left = share * 100 + '%';
    swipe.setAttribute('aria-valuenow', Math.round(share * 100));
    swipe.setAttribute('aria-valuetext', kepu.text('swipe_value', {percent: Math.round(share * 100)}));
    const button = kepu.byId('compare-side');
    button.hidden = !phone();
    button.textContent = kepu.text('compare_show', {date: dates.long(share > 0.5 ? kepu.state.now.date : kepu.state.now.compare === null ? 0 : kepu.state.now.compare)});
  }

  function to(share) {
    marks.set({share: Math.max(0, Math.min(1, share))});
    place();
  }

  /* The middle of the place, as far as the dates beside the line keep clear of legend and second picture. */
  function middle() {
    const stage = kepu.byId('stage').getBoundingClientRect(), inset = kepu.byId('inset');
    if (phone()) return 0.5;
    const label = 10.5 * parseFloat(getComputedStyle(document.documentElement).fontSize);
    const right = inset.hidden ? stage.right : inset.getBoundingClientRect().left, map = kepu.map.leaflet();
    const from = kepu.byId('legend').getBoundingClientRect().right - stage.left + label, to = right - stage.left - label;
    const centre = map.latLngToContainerPoint(kepu.world.bounds(kepu.world.scope).getCenter()).x;
    return (from > to ? (from + to) / 2 : Math.max(from, Math.min(to, centre))) / stage.width;
  }

  function drag(event) {
    const frame = kepu.byId('stage').getBoundingClientRect();
    to((event.clientX - frame.left) / frame.width);
  }

  function onKey(event) {
    const by = {ArrowLeft: -0.02, ArrowRight: 0.02, PageDown: -0.1, PageUp: 0.1}[event.key];
    const at = by ? marks.now().share + by : {Home: 0, End: 1}[event.key];
    if (at === undefined) return;
    event.preventDefault();
    to(at);
  }

  kepu.controls.push(function () {
    const swipe = kepu.byId('swipe');
    swipe.addEventListener('pointerdown', function (event) { swipe.setPointerCapture(event.pointerId); event.preventDefault(); swipe.focus(); });
    swipe.addEventListener('pointermove', function (event) { if (swipe.hasPointerCapture(event.pointerId)) drag(event); });
    swipe.addEventListener('keydown', onKey);
    kepu.byId('compare-end').addEventListener('click', function () { kepu.state.set({compare: null}); });
    kepu.byId('compare-side').addEventListener('click', function () { to(marks.now().share > 0.5 ? 0 : 1); });
    let comparing = false;
    const begin = function () {
      const on = kepu.state.now.compare !== null;
      if (on && !comparing) marks.set({share: middle()});
      comparing = on;
    };
    kepu.state.listen(function (changed, now) {
      if (changed.compare) begin();
      if (changed.compare || (now.compare !== null && (changed.date || changed.rule))) draw();
    });
    window.addEventListener('resize', place);
    kepu.compare = function () { comparing = false; begin(); draw(); };
    draw();
  });
})(window.kepu);
