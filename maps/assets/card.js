/* The card of one unit: every requirement on it with state, reason and evidence, and what stands there. */
(function (kepu) {
  'use strict';
  const data = kepu.data, el = kepu.el, STATE = data.STATE, KIND = data.KIND;
  let cameFrom = null;

  function badge(state, rule) {
    return el('span', {class: 'badge s' + state}, kepu.symbols.glyphSwatch(state), kepu.stateName(state, rule));
  }

  function evidenceLine(one) {
    const parts = [kepu.name(one.file)];
    if (one.sheet) parts.push(kepu.text('in_sheet'), kepu.name(one.sheet));
    if (one.row !== null) parts.push(kepu.text('in_row', {row: one.row}));
    if (one.batch !== null) parts.push(kepu.text('in_batch', {batch: one.batch}));
    return el('li', {}, parts);
  }

  function evidenceList(list) {
    if (!list.length && !data.evidenced) return null;
    if (!list.length) return el('p', {class: 'none'}, kepu.text('no_evidence'));
    return el('details', {}, el('summary', {}, kepu.text('evidence', {n: list.length})), el('ul', {}, list.map(evidenceLine)));
  }

  function readings(found) {
    if (!found.readings) return null;
    const names = ['reading_since', 'reading_interval', 'reading_changes'];
    return el('ul', {class: 'readings'}, found.readings.map(function (state, i) {
      return el('li', {}, kepu.text(names[i]), kepu.text('colon'), kepu.stateName(state === STATE.met ? STATE.met : state).replace(/[\uff08(].*$/, ''));
    }));
  }

  function dates(found) {
    if (!found.changed && !found.due) return null;
    const parts = [];
    if (found.changed) parts.push(kepu.text('last_change', {date: found.changed}));
    if (found.due) parts.push(kepu.text('due', {date: found.due}));
    return el('p', {class: 'dates'}, parts.join(kepu.text('semicolon')));
  }

  /* The state on the day that is shown; reasons and evidence are told for the last day only. */
  function onDay(found, unit) {
    const day = kepu.state.now.date;
    if (day === kepu.dates.last) return found;
    const state = kepu.dates.statesOf(found.rule, day).get(unit);
    return state === undefined ? null : {rule: found.rule, state: state, past: true};
  }

  function pastNote() {
    const now = kepu.state.now.date, last = kepu.dates.last;
    return now === last ? null : el('p', {class: 'past'}, kepu.text('past_note', {date: kepu.dates.long(now), last: kepu.dates.long(last)}));
  }

  function requirement(found) {
    const current = kepu.state.now.rule === found.rule.id;
    return el('li', {class: 'requirement' + (current ? ' current' : ''), 'data-rule': found.rule.id, 'data-state': found.state},
      el('div', {class: 'requirement-head'}, badge(found.state, found.rule),
        el('button', {type: 'button', class: 'link', onclick: function () { kepu.state.set({rule: found.rule.id}); }},
          data.views.size > 1 ? [el('span', {class: 'no'}, found.rule.task.no), ' '] : null, found.rule.requirement)),
      found.reason ? el('p', {class: 'reason'}, kepu.name(found.reason)) : null, dates(found), readings(found),
      found.past ? null : evidenceList(found.evidence));
  }

  function requirements(unit) {
    const found = data.rules.map(function (rule) { return rule.kind === unit.kind ? data.finding(rule, unit.index) : null; }).filter(Boolean)
      .map(function (one) { return onDay(one, unit.index); }).filter(Boolean);
    if (!found.length) return [el('p', {class: 'none'}, kepu.text('out_of_scope_long')), kepu.outside(unit) && !kepu.dates.wide() ?
      el('button', {type: 'button', onclick: function () { kepu.state.set({scope: 'all'}); kepu.byId('card-close').focus(); }}, kepu.text('scope_open')) : null];
    const rank = [2, 3, 3, 1, 4], asked = kepu.state.view().rules;
    const order = function (one) { return asked.indexOf(one.rule) >= 0 && asked.length === 1 ? 0 : rank[one.state]; };
    found.sort(function (a, b) { return order(a) - order(b); });
    return el('ul', {class: 'requirements'}, found.map(requirement));
  }

  /* Which units share a facility with this one. */
  function company(item, unit) {
    const others = item.links.concat([item.unit]).filter(function (other, i, all) {
      return other >= 0 && other !== unit && all.indexOf(other) === i;
    });
    if (!others.length || item.layer === 'activities') return null;
    return el('p', {}, kepu.text('shared_with'), others.map(function (other, i) {
      return [i ? kepu.text('comma') : '', kepu.name(data.units[other].name)];
    }));
  }

  function facility(item, unit) {
    const facts = item.facts.filter(function (fact) { return fact[1] !== ''; });
    return el('li', {class: 'facility'},
      el('h4', {}, kepu.symbols.facilitySwatch(item.layer, item.state), kepu.name(item.name)),
      item.placed === 'unit' ? el('p', {class: 'placed'}, kepu.text('at_unit')) : null,
      item.placed === 'none' ? el('p', {class: 'placed'}, kepu.text('nowhere')) : null,
      company(item, unit),
      el('dl', {}, facts.map(function (fact) { return [el('dt', {}, fact[0]), el('dd', {}, kepu.name(fact[1]))]; })),
      evidenceList(data.evidence(item.source)));
  }

  function standsAt(unit) {
    const parts = [];
    data.layers.forEach(function (layer) {
      const items = layer.items.filter(function (item) {
        if (!kepu.dates.exists(item, kepu.state.now.date)) return false;
        return (unit.kind === KIND.school || unit.kind === KIND.base) ? item.id === unit.code && ['schools', 'bases'].indexOf(layer.name) >= 0
          : item.unit === unit.index || item.links.indexOf(unit.index) >= 0;
      });
      if (!items.length) return;
      parts.push(el('details', {class: 'stands', 'data-layer': layer.name, open: layer.name === openLayer()},
        el('summary', {}, layer.label, ' ', el('span', {class: 'n'}, items.length)),
        el('ul', {}, items.slice(0, 60).map(function (item) { return facility(item, unit.index); }))));
    });
    return parts.length ? [el('h3', {}, kepu.text('stands_here')), parts] : null;
  }

  function openLayer() { return kepu.state.now.facility ? kepu.state.now.facility.split(':')[0] : null; }

  function villagesOf(unit) {
    if (unit.kind !== KIND.township) return null;
    const rows = data.rules.filter(function (rule) { return rule.kind === KIND.village || rule.kind === KIND.school; }).map(function (rule) {
      const counts = data.byTownship(kepu.state.viewOf(rule.id)).get(unit.index);
      if (!counts || !counts.inScope) return null;
      return el('tr', {}, el('th', {scope: 'row'}, el('button', {type: 'button', class: 'link', onclick: function () { kepu.state.set({rule: rule.id, township: unit.index}); }},
        rule.task.no, ' ', rule.requirement)),
        [counts.met, counts.notMet, counts.unknown, counts.inScope].map(function (n, i) { return el('td', {class: i === 1 && n ? 'bad' : null}, n); }));
    }).filter(Boolean);
    if (!rows.length) return null;
    const head = ['col_met', 'col_not', 'col_unknown', 'col_n'].map(function (key) { return el('th', {scope: 'col'}, kepu.text(key)); });
    return [el('h3', {}, kepu.text('villages_here')), el('table', {class: 'summary'}, el('thead', {}, el('tr', {}, el('td', {}), head)), el('tbody', {}, rows))];
  }

  function subtitle(unit) {
    const parts = [unit.type, unit.code, kepu.outside(unit) ? kepu.text('outside_plan') : ''];
    if (unit.town >= 0 && unit.town !== unit.index) parts.unshift(data.units[unit.town].name);
    return parts.filter(Boolean).map(function (part, i) { return [i ? kepu.text('dot') : '', kepu.name(part)]; });
  }

  function place(unit) {
    const lines = [];
    if (unit.lon !== null && unit.kind !== KIND.city) lines.push(kepu.text('position', {lon: unit.lon.toFixed(5), lat: unit.lat.toFixed(5)}));
    if (unit.schematic) lines.push(kepu.text('schematic_unit'));
    if (unit.lon === null && unit.kind !== KIND.city) lines.push(kepu.text('no_position'));
    return el('p', {class: 'note'}, lines.join(kepu.text('semicolon')));
  }

  function close() {
    kepu.state.set({unit: null, facility: null});
    if (cameFrom && document.contains(cameFrom)) cameFrom.focus();
  }

  function draw() {
    const index = kepu.state.now.unit, card = kepu.byId('card');
    document.body.classList.toggle('card-open', index !== null);
    card.hidden = index === null;
    if (index === null) return;
    kepu.byId('panel').scrollTop = 0;
    const unit = data.units[index], top = card.scrollTop;
    kepu.fill(kepu.byId('card-title'), kepu.name(unit.name));
    kepu.fill(kepu.byId('card-subtitle'), subtitle(unit));
    kepu.fill(kepu.byId('card-body'), place(unit), pastNote(), requirements(unit), villagesOf(unit), standsAt(unit));
    card.dataset.code = unit.code;
    card.scrollTop = draw.unit === index ? top : 0;
    draw.unit = index;
  }

  kepu.controls.push(function () {
    kepu.byId('card-close').addEventListener('click', close);
    document.addEventListener('keydown', function (event) { if (event.key === 'Escape' && kepu.state.now.unit !== null) close(); });
    kepu.state.listen(function (changed) {
      if (changed.unit && kepu.state.now.unit !== null) {
        cameFrom = document.activeElement;
        kepu.announce(data.units[kepu.state.now.unit].name);
      }
      if (changed.unit || changed.facility || changed.rule || changed.date) draw();
    });
    draw();
  });
})(window.kepu);
