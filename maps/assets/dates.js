/* Time: every view as of each day in the file. The last day is the map's own; earlier ones are kept as
   changes against the day after and are worked out when first asked for. */
(function (kepu) {
  'use strict';
  const data = kepu.data, series = data.series, STATE = data.STATE;
  const list = series ? series.dates : [data.asOf], last = list.length - 1;
  const made = new Map(), rows = new Map();
  let wide = false;  // whether units that the plan leaves out are asked for too

  /* Undoes the changes of days [day, last) one after the other: gaps between positions, and states. */
  function back(states, changes, day) {
    const out = states.slice();
    for (let k = last - 1; k >= day; k--) {
      let at = 0;
      for (let i = 0; i < changes[k].length; i += 2) { at += changes[k][i]; out[at] = changes[k][i + 1]; }
    }
    return out;
  }

  function entry(rule) { return rule.series || series.rules[data.rules.indexOf(rule)]; }

  function order(rule) {
    if (!rows.has(rule)) {
      const units = rule.raw.unitNo.filter(function (unit) { return unit >= 0; }).concat(series && entry(rule).more || []);
      const states = rule.raw.unitNo.map(function (unit, i) { return unit < 0 ? -1 : +rule.raw.states[i]; }).filter(function (s) { return s >= 0; });
      while (states.length < units.length) states.push(STATE.notApplicable);
      rows.set(rule, {units: units, states: states});
    }
    return rows.get(rule);
  }

  /* Map of unit to state, units in scope only. */
  function statesOf(rule, day) {
    return view(rule.id, day).states;
  }

  function ruleStates(rule, day) {
    const own = order(rule), states = new Map();
    (day === last ? own.states : back(own.states, entry(rule).changes, day)).forEach(function (state, i) {
      if (state !== STATE.notApplicable) states.set(own.units[i], state);
    });
    return states;
  }

  /* Counts, value and verdict of a rule on a day, as the assessment of that day has them. */
  function facts(rule, day) {
    let k = day;
    while (series && k < last && entry(rule).facts[k] === 0) k++;
    if (k === last) return {counts: rule.counts, value: rule.value, verdict: rule.state};
    const found = entry(rule).facts[k], c = found[0];
    return {counts: {inScope: c[0], met: c[1], shared: c[2], notMet: c[3], unknown: c[4], notApplicable: c[5]},
            value: found[1], verdict: found[2]};
  }

  function view(id, day) {
    const base = data.views.get(id), beyond = wide && base.rules.some(function (rule) { return rule.wider; });
    if (day === last && !beyond) return base;
    const key = day + (beyond ? ' all ' : ' ') + id, alone = base.rules.length === 1 && base.id === base.rules[0].id;
    if (!made.has(key)) made.set(key, !alone ? several(base, day) : beyond ? widened(base, day) : single(base, day));
    return made.get(key);
  }

  /* The plan's units and those it leaves out, judged by the same rule. */
  function widened(base, day) {
    const rule = base.rules[0], states = new Map(ruleStates(rule, day));
    ruleStates(rule.wider, day).forEach(function (state, unit) { states.set(unit, state); });
    return Object.assign({}, base, facts(rule.wider, day), {states: states});
  }

  function single(base, day) {
    return Object.assign({}, base, facts(base.rules[0], day), {states: ruleStates(base.rules[0], day)});
  }

  function several(base, day) {
    const states = data.joined(base.rules.map(function (rule) { return statesOf(rule, day); }));
    return Object.assign({}, base, {states: states, counts: data.allOf(base.rules, states)});
  }

  const boards = data.layers.find(function (layer) { return layer.name === 'boards'; });
  const boardDays = new Map();
  /* A facility's shade on a day: only the content of boards ages. */
  function shade(item, day) {
    if (day === last || item.layer !== 'boards') return item.state;
    if (!boardDays.has(day)) boardDays.set(day, back(boards.items.map(function (one) { return one.state; }), series.boards, day));
    return boardDays.get(day)[item.index];
  }

  function exists(item, day) {
    const since = series && series.since[item.layer], until = series && series.until[item.layer];
    return (!since || since[item.index] <= day) && (!until || day < until[item.index]);
  }

  function met(state) { return state === STATE.met || state === STATE.shared; }

  /* How a unit changed between two views of one rule: 'better', 'worse', 'other', null for not at all. */
  function change(before, after, unit) {
    const a = before.states.get(unit), b = after.states.get(unit);
    if (a === b) return null;
    if (met(a) !== met(b)) return met(b) ? 'better' : 'worse';
    return 'other';
  }

  kepu.dates = {
    list: list, last: last, view: view, wide: function (on) { if (on !== undefined) wide = on; return wide; }, statesOf: statesOf, shade: shade, exists: exists, change: change,
    /* 2022-08-31 as people write it. */
    long: function (day) {
      const parts = list[day].split('-').map(Number);
      return kepu.text('long_date', {y: parts[0], m: parts[1], d: parts[2]});
    }
  };
})(window.kepu);
