/* Legend and layer switches in one: what each colour, shape and hatching means, how many there are. */
(function (kepu) {
  'use strict';
  const data = kepu.data, el = kepu.el, symbols = kepu.symbols, STATE = data.STATE;

  function row(swatch, label, count, key) {
    return el('tr', {'data-key': key}, el('td', {}, swatch), el('th', {scope: 'row'}, label), el('td', {class: 'n'}, count));
  }

  function table(title, rows, note) {
    return el('section', {}, el('h3', {}, title), el('table', {}, el('tbody', {}, rows)), note && el('p', {class: 'note'}, note));
  }

  function stateRows(view) {
    const c = view.counts;
    const rows = [
      row(symbols.stateSwatch(STATE.met), kepu.stateName(STATE.met), c.met - c.shared, 'met_dedicated'),
      row(symbols.stateSwatch(STATE.shared), kepu.stateName(STATE.shared), c.shared, 'met_shared'),
      row(symbols.stateSwatch(STATE.notMet), kepu.stateName(STATE.notMet), c.notMet, 'not_met'),
      row(symbols.stateSwatch(STATE.unknown), kepu.stateName(STATE.unknown), c.unknown, 'unknown'),
      row(symbols.stateSwatch(STATE.notApplicable), kepu.stateName(STATE.notApplicable), c.notApplicable, 'not_applicable')
    ];
    if (!view.sharing) rows.splice(1, 1);
    return rows;
  }

  function townshipRows(view) {
    const classes = data.palette.shares.map(function () { return 0; });
    let unknown = 0, none = 0, open = 0;
    kepu.world.townships.forEach(function (unit) {
      const look = data.townshipClass(data.byTownship(view).get(unit.index));
      if (look.kind === 'none') none++;
      else if (look.kind === 'unknown') unknown++;
      else { classes[look.kind]++; if (look.open) open++; }
    });
    const line = data.palette.states[0].line;
    const rows = data.palette.shares.map(function (share, i) {
      return row(symbols.areaSwatch(share.fill), share.label, classes[i], 'share_' + i);
    }).reverse();
    rows.push(row(symbols.areaSwatch('#ffffff', line, 'diagonal'), kepu.text('all_unknown'), unknown, 'share_unknown'));
    rows.push(row(symbols.areaSwatch(data.palette.shares[3].fill, 'rgba(31,42,55,.55)', 'diagonal'), kepu.text('open_class'), open, 'share_open'));
    rows.push(row(symbols.areaSwatch(data.palette.states[4].area, data.palette.states[4].line, data.palette.states[4].hatch), kepu.text('out_of_scope'), none, 'share_none'));
    return rows;
  }

  function denominator(view) {
    const c = view.counts;
    return kepu.text(kepu.dates.wide() ? 'denominator_all' : 'denominator', {n: c.inScope, met: c.met, percent: kepu.percent(c.met, c.inScope), unknown: c.unknown});
  }

  function drawRule() {
    const view = kepu.state.view(), parts = [];
    if (view.kind === data.KIND.city) {
      parts.push(table(kepu.text('city_rule'), stateRows(view), kepu.text('city_rule_note')));
    } else {
      parts.push(table(kepu.text('states_of_' + data.KIND_NAME[view.kind]), stateRows(view), denominator(view)));
      if (view.kind !== data.KIND.township && kepu.world.townAreas) parts.push(table(kepu.text('township_share'), townshipRows(view)));
    }
    kepu.fill(kepu.byId('legend-rule'), parts);
  }

  function present(layer) {
    return layer.items.filter(function (item) { return kepu.dates.exists(item, kepu.state.now.date); });
  }

  /* Second meaning of a layer's symbol: kind and level of bases, teachers of schools, caravan stops. */
  function variantRows(layer) {
    const counts = layer.variants.map(function () { return 0; });
    present(layer).forEach(function (item) { if (item.variant !== null) counts[item.variant]++; });
    return layer.variants.map(function (variant, i) {
      return counts[i] || layer.name === 'schools' ? row(symbols.facilitySwatch(layer.name, 0, i), variant.label, counts[i], layer.name + '_kind_' + i) : null;
    });
  }

  function counted(layer) {
    const counts = {};
    present(layer).forEach(function (item) {
      const state = kepu.dates.shade(item, kepu.state.now.date);
      counts[state] = (counts[state] || 0) + 1;
    });
    return counts;
  }

  /* What the shades of a layer's symbol mean: boards by freshness, schools by their activity room. */
  function meanings(layer) {
    if (layer.name === 'boards') return data.palette.freshness.map(function (f) { return f.label; });
    if (layer.name === 'schools') return [kepu.text('lab_yes'), kepu.text('lab_no'), kepu.text('lab_unknown')];
    if (layer.name === 'organisations') return [kepu.text('leader_yes'), kepu.text('leader_no'), kepu.text('leader_unknown')];
    if (layer.name === 'associations') return [kepu.text('registered_yes'), kepu.text('registered_no'), kepu.text('registered_unknown')];
    return [];
  }

  function layerRow(layer) {
    const on = kepu.state.now.layers.indexOf(layer.name) >= 0, counts = counted(layer);
    const box = el('input', {type: 'checkbox', id: 'layer-' + layer.name, onchange: function () { kepu.state.toggleLayer(layer.name); }});
    box.checked = on;
    const items = present(layer), atUnit = items.filter(function (item) { return item.placed === 'unit'; }).length;
    const nowhere = items.filter(function (item) { return item.placed === 'none'; }).length;
    const details = meanings(layer).map(function (label, i) {
      return row(symbols.facilitySwatch(layer.name, i), label, counts[i] || 0, layer.name + '_' + i);
    });
    details.push.apply(details, variantRows(layer).filter(Boolean));
    const notes = [];
    if (atUnit) notes.push(kepu.text('at_unit_count', {n: atUnit}));
    if (nowhere) notes.push(kepu.text('nowhere_count', {n: nowhere}));
    return el('div', {class: 'layer', 'data-layer': layer.name},
      el('label', {for: 'layer-' + layer.name}, box, symbols.facilitySwatch(layer.name, 0), el('span', {}, layer.label),
        el('span', {class: 'n'}, items.length)),
      on && details.length ? el('table', {}, el('tbody', {}, details)) : null,
      on && notes.length ? el('p', {class: 'note'}, notes.join(kepu.text('semicolon'))) : null);
  }

  function drawLayers() {
    const focused = document.activeElement && document.activeElement.id;
    kepu.fill(kepu.byId('legend-layers'), data.layers.map(layerRow));
    if (focused && /^layer-/.test(focused) && kepu.byId(focused)) kepu.byId(focused).focus();
  }

  kepu.controls.push(function () {
    const base = kepu.byId('base'), empty = data.layers.every(function (layer) { return !layer.items.length; });
    base.parentNode.hidden = !kepu.world.townAreas || !kepu.world.side;
    kepu.byId('legend-layers').hidden = kepu.byId('layers-title').hidden = empty;
    base.addEventListener('change', function () { kepu.state.set({base: base.value}); });
    kepu.byId('legend-toggle').addEventListener('click', function () {
      const open = kepu.byId('legend').classList.toggle('closed');
      this.setAttribute('aria-expanded', String(!open));
    });
    if (window.innerWidth <= 760) { kepu.byId('legend').classList.add('closed'); kepu.byId('legend-toggle').setAttribute('aria-expanded', 'false'); }
    const follow = function () { base.value = kepu.state.now.base; };
    kepu.state.listen(function (changed) {
      if (changed.rule || changed.date) drawRule();
      if (changed.layers || changed.date) drawLayers();
      if (changed.base) follow();
    });
    drawRule();
    drawLayers();
    follow();
  });
})(window.kepu);
