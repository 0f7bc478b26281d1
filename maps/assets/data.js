/* Reads the data block into plain arrays and answers questions about them. Nothing here touches the page. */
(function (kepu) {
  'use strict';
  const raw = JSON.parse(document.getElementById('kepu-data').textContent);
  const strings = raw.strings;
  const string = function (index) { return index < 0 ? '' : strings[index]; };
  const STATE = {unknown: 0, met: 1, shared: 2, notMet: 3, notApplicable: 4};
  const KIND = {township: 0, village: 1, school: 2, base: 3, city: 4};
  kepu.texts = raw.texts;

  const columns = raw.units;
  const units = columns.code.map(function (code, i) {
    return {
      index: i, code: code, kind: +columns.kind[i], name: string(columns.name[i]), short: string(columns.short[i]),
      type: string(columns.type[i]), town: columns.town[i], inPlan: columns.plan[i] === '1',
      schematic: columns.schematic[i] === '1', population: columns.population[i],
      lon: columns.x[i] === null ? null : columns.x[i] / 1e5, lat: columns.y[i] === null ? null : columns.y[i] / 1e5,
      label: columns.labels[i] && columns.labels[i].map(function (v) { return v / 1e5; }),
      shape: columns.shapes[i], pinyin: columns.pinyin[i], initials: columns.initials[i]
    };
  });
  const byCode = new Map();
  units.forEach(function (unit) { if (!byCode.has(unit.code)) byCode.set(unit.code, unit); });
  const city = units.find(function (unit) { return unit.kind === KIND.city; });

  const layers = raw.layers.map(function (layer) {
    const items = layer.id.map(function (id, i) {
      return {
        layer: layer.name, index: i, id: id, name: string(layer.title[i]), unit: layer.unit[i],
        lon: layer.x[i] === null ? null : layer.x[i] / 1e5, lat: layer.y[i] === null ? null : layer.y[i] / 1e5,
        placed: ['unit', 'own', 'none'][+layer.placed[i]], state: +layer.state[i], links: layer.links[i],
        source: layer.sources[i], variant: layer.variantOf ? layer.variantOf[i] : null,
        facts: layer.columns.map(function (column) { return [column.label, string(column.values[i])]; })
      };
    });
    return {name: layer.name, label: layer.label, items: items, variants: layer.variants || []};
  });

  function evidence(set) {
    if (set === undefined || set < 0) return [];
    const e = raw.evidence;
    return raw.evidenceSets[set].map(function (i) {
      return {file: string(e.file[i]), sheet: string(e.sheet[i]), row: e.row[i], batch: e.batch[i]};
    });
  }

  /* A view is what the map shows: one rule, or all village rules of one task taken together.
     states[unit index] is its state there; units without an entry are out of scope. */
  const tasks = raw.tasks;
  const rules = [];
  function read(task, rule) {
    const at = new Map();
    rule.unitNo.forEach(function (unit, i) { if (unit >= 0) at.set(unit, i); });
    return {
      id: rule.id, task: task, requirement: rule.requirement, unit: rule.unit, kind: KIND[rule.unit],
      threshold: rule.threshold, value: rule.value, state: rule.state, measure: rule.measure, sharing: rule.sharing, raw: rule, at: at,
      counts: {inScope: rule.counts[0], met: rule.counts[1], shared: rule.counts[2], notMet: rule.counts[3],
               unknown: rule.counts[4], notApplicable: rule.counts[5]}
    };
  }
  tasks.forEach(function (task) { task.rules.forEach(function (rule) { rules.push(read(task, rule)); }); });

  /* What a rule says of units that the plan leaves out; its counts are those of all units. */
  if (raw.wider) raw.wider.rules.forEach(function (rule, i) {
    const own = rules.find(function (one) { return one.id === rule.id; });
    own.wider = Object.assign(read(own.task, rule), {series: raw.wider.series[i]});
  });

  function finding(rule, unit) {
    const from = rule.at.has(unit) || !rule.wider || !kepu.dates.wide() ? rule : rule.wider, i = from.at.get(unit);
    if (i === undefined) return null;
    const r = from.raw;
    return {
      rule: rule, state: +r.states[i], reason: string(r.reasons[i]), evidence: evidence(r.sources[i]),
      changed: r.changed ? string(r.changed[i]) : '', due: r.due ? string(r.due[i]) : '',
      readings: r.readings ? r.readings[i].split('').map(Number) : null
    };
  }

  function ruleView(rule) {
    const states = new Map();
    rule.at.forEach(function (i, unit) { states.set(unit, +rule.raw.states[i]); });
    return {id: rule.id, rules: [rule], task: rule.task, kind: rule.kind, title: rule.requirement, states: states,
            counts: rule.counts, verdict: rule.state, value: rule.value, threshold: rule.threshold,
            measure: rule.measure, sharing: rule.sharing};
  }

  /* Met when all are, a gap as soon as one is, else unknown: the order of the plan's own logic. */
  function join(states) {
    if (states.indexOf(STATE.notMet) >= 0) return STATE.notMet;
    if (states.indexOf(STATE.unknown) >= 0) return STATE.unknown;
    return states.indexOf(STATE.shared) >= 0 ? STATE.shared : STATE.met;
  }

  function joined(maps) {
    const found = new Map(), states = new Map();
    maps.forEach(function (one) {
      one.forEach(function (state, unit) { if (found.has(unit)) found.get(unit).push(state); else found.set(unit, [state]); });
    });
    found.forEach(function (list, unit) { states.set(unit, join(list)); });
    return states;
  }

  function allOf(parts, states) {
    const counts = count(states);
    counts.notApplicable = units.filter(function (unit) { return unit.kind === parts[0].kind; }).length - counts.inScope;
    return counts;
  }

  function taskView(task, parts) {
    const states = joined(parts.map(function (rule) { return ruleView(rule).states; }));
    return {id: task.no + '.all.' + parts[0].unit, rules: parts, task: task, kind: parts[0].kind,
            title: kepu.text('all_rules_' + parts[0].unit, {n: parts.length}), states: states, counts: allOf(parts, states),
            verdict: null, value: null, threshold: null, measure: 'share',
            sharing: parts.some(function (rule) { return rule.sharing; })};
  }

  function count(states, within) {
    const counts = {inScope: 0, met: 0, shared: 0, notMet: 0, unknown: 0, notApplicable: 0};
    states.forEach(function (state, unit) {
      if (within !== undefined && units[unit].town !== within) return;
      if (state === STATE.notApplicable) { counts.notApplicable++; return; }
      counts.inScope++;
      if (state === STATE.met || state === STATE.shared) counts.met++;
      if (state === STATE.shared) counts.shared++;
      if (state === STATE.notMet) counts.notMet++;
      if (state === STATE.unknown) counts.unknown++;
    });
    return counts;
  }

  const views = new Map();
  /* The main requirements on villages taken together: the leader's one sentence. */
  const mainParts = raw.place.mainRules.map(function (id) { return rules.find(function (rule) { return rule.id === id; }); })
    .filter(function (rule) { return rule && rule.unit === 'village'; });
  if (mainParts.length > 1) {
    const view = taskView({no: 'main', title: kepu.text('main_task')}, mainParts);
    views.set(view.id, view);
  }
  tasks.forEach(function (task) {
    const own = rules.filter(function (rule) { return rule.task === task; });
    ['village', 'township'].forEach(function (unit) {
      const parts = own.filter(function (rule) { return rule.unit === unit; });
      if (parts.length > 1) { const view = taskView(task, parts); views.set(view.id, view); }
    });
    own.forEach(function (rule) { views.set(rule.id, ruleView(rule)); });
  });

  const cache = new WeakMap();
  /* Counts of a view in every township: Map of township index to counts. */
  function byTownship(view) {
    if (cache.has(view)) return cache.get(view);
    const out = new Map();
    view.states.forEach(function (state, unit) {
      const town = units[unit].town;
      if (!out.has(town)) out.set(town, new Map());
      out.get(town).set(unit, state);
    });
    out.forEach(function (states, town) { out.set(town, count(states)); });
    cache.set(view, out);
    return out;
  }

  function shareClass(share) {
    const classes = raw.palette.shares;
    for (let i = 0; i < classes.length; i++) if (share <= classes[i].high) return i;
    return classes.length - 1;
  }

  /* How a township is painted: a share class, or 'unknown' / 'none'; `open` when the units nobody
     reported could still lift it into another class. */
  function townshipClass(counts) {
    if (!counts || !counts.inScope) return {share: null, kind: 'none', open: false};
    if (counts.unknown === counts.inScope) return {share: null, kind: 'unknown', open: false};
    const low = shareClass(counts.met / counts.inScope);
    const high = shareClass((counts.met + counts.unknown) / counts.inScope);
    return {share: counts.met / counts.inScope, kind: low, open: low !== high};
  }

  kepu.data = {
    STATE: STATE, KIND: KIND, KIND_NAME: Object.keys(KIND), place: raw.place, boundary: raw.boundary, asOf: raw.asOf, plan: raw.plan,
    palette: raw.palette, units: units, byCode: byCode, city: city, layers: layers, tasks: tasks, rules: rules,
    basemap: raw.basemap || null, hasWider: Boolean(raw.wider), evidenced: raw.evidence.file.length > 0, views: views, series: raw.series, joined: joined, allOf: allOf, evidence: evidence, finding: finding, count: count, byTownship: byTownship,
    townshipClass: townshipClass
  };
})(window.kepu);
