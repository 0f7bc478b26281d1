/* The gap list: the map in words. Only the rows in sight exist as elements, so thousands don't stutter. */
(function (kepu) {
  'use strict';
  const data = kepu.data, el = kepu.el, STATE = data.STATE;
  const ROW = 58;
  let rows = [], active = -1, box, inner;

  function wanted(state, filter) {
    if (filter === 'not_met') return state === STATE.notMet;
    if (filter === 'unknown') return state === STATE.unknown;
    if (filter === 'met') return state === STATE.met || state === STATE.shared;
    return state === STATE.notMet || state === STATE.unknown;
  }

  function collect() {
    const view = kepu.state.view(), now = kepu.state.now, out = [];
    const order = [1, 3, 2, 0];
    view.states.forEach(function (state, unit) {
      if (state === STATE.notApplicable || !wanted(state, now.state || 'gaps')) return;
      if (now.township !== null && data.units[unit].town !== now.township) return;
      out.push({unit: data.units[unit], state: state});
    });
    return out.sort(function (a, b) {
      return order[a.state] - order[b.state] || a.unit.town - b.unit.town || a.unit.index - b.unit.index;
    });
  }

  function reasons(unit) {
    const view = kepu.state.view(), day = kepu.state.now.date;
    if (day !== kepu.dates.last) {
      return view.rules.length === 1 ? '' : view.rules.filter(function (rule) {
        return kepu.dates.statesOf(rule, day).has(unit.index) && wanted(kepu.dates.statesOf(rule, day).get(unit.index), kepu.state.now.state || 'gaps');
      }).map(function (rule) { return rule.requirement; }).join(kepu.text('semicolon'));
    }
    return view.rules.map(function (rule) { return data.finding(rule, unit.index); }).filter(function (found) {
      return found && (view.rules.length === 1 || wanted(found.state, kepu.state.now.state || 'gaps'));
    }).map(function (found) { return found.reason; }).filter(Boolean).join(kepu.text('semicolon'));
  }

  function townName(unit) { return unit.town >= 0 && unit.town !== unit.index ? data.units[unit.town].name : ''; }

  function option(row, i) {
    const node = el('div', {role: 'option', id: 'gap-' + i, class: 'gap', 'data-code': row.unit.code, 'aria-posinset': i + 1, 'aria-setsize': rows.length,
      'aria-selected': String(row.unit.index === kepu.state.now.unit), onclick: function () { go(i); }},
      kepu.symbols.glyphSwatch(row.state),
      el('div', {}, el('div', {class: 'gap-name'}, kepu.name(row.unit.name), ' ', kepu.name(townName(row.unit), 'town'), kepu.outside(row.unit) ? el('span', {class: 'outside'}, ' ', kepu.text('outside_plan')) : null),
        el('div', {class: 'gap-reason'}, el('b', {}, kepu.stateName(row.state)), ' ', kepu.name(reasons(row.unit)))));
    if (i === active) node.classList.add('active');
    node.style.transform = 'translateY(' + i * ROW * scale() + 'px)';
    return node;
  }

  function scale() { return parseFloat(getComputedStyle(document.documentElement).fontSize) / 16; }

  function paint() {
    const h = ROW * scale(), from = Math.max(0, Math.floor(box.scrollTop / h) - 4);
    const to = Math.min(rows.length, Math.ceil((box.scrollTop + box.clientHeight) / h) + 4);
    kepu.fill(inner, rows.slice(from, to).map(function (row, i) { return option(row, from + i); }));
    inner.style.height = rows.length * h + 'px';
    if (active >= from && active < to) box.setAttribute('aria-activedescendant', 'gap-' + active);
    else box.removeAttribute('aria-activedescendant');
  }

  function refresh() {
    rows = collect();
    active = rows.findIndex(function (row) { return row.unit.index === kepu.state.now.unit; });
    const kind = data.KIND_NAME[kepu.state.view().kind];
    kepu.byId('gap-count').textContent = kepu.text('gap_count', {n: rows.length, units: kepu.text('units_' + kind)});
    kepu.byId('gap-empty').hidden = rows.length > 0;
    box.scrollTop = 0;
    paint();
  }

  function go(i) {
    if (!rows[i]) return;
    active = i;
    kepu.select({unit: rows[i].unit}, true);
  }

  function move(to) {
    if (!rows.length) return;
    active = Math.max(0, Math.min(rows.length - 1, to));
    const h = ROW * scale(), y = active * h;
    if (y < box.scrollTop) box.scrollTop = y;
    if (y + h > box.scrollTop + box.clientHeight) box.scrollTop = y + h - box.clientHeight;
    paint();
  }

  function onKey(event) {
    const page = Math.max(1, Math.floor(box.clientHeight / (ROW * scale())) - 1);
    const to = {ArrowDown: active + 1, ArrowUp: active - 1, PageDown: active + page, PageUp: active - page, Home: 0, End: rows.length - 1}[event.key];
    if (to !== undefined) { event.preventDefault(); move(to); }
    if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); go(active); }
  }

  /* A table for a spreadsheet: tabs and line ends in names would break its cells, and a leading = + - @
     would be run as a formula there. */
  function cell(value) {
    const text = String(value).replace(/[\t\r\n]+/g, ' ');
    return /^[=+\-@]/.test(text) ? "'" + text : text;
  }

  function asTable() {
    const head = ['list_code', 'list_name', 'list_township', 'list_state', 'list_reason'].map(function (key) { return kepu.text(key); });
    const body = rows.map(function (row) {
      return [row.unit.code, row.unit.name, townName(row.unit) + (kepu.outside(row.unit) ? kepu.text('outside_plan_copy') : ''), kepu.stateName(row.state), reasons(row.unit)].map(cell);
    });
    return [head].concat(body).map(function (line) { return line.join('\t'); }).join('\n');
  }

  function copyOldWay(text) {
    const area = el('textarea', {class: 'offscreen', readonly: true});
    area.value = text;
    document.body.appendChild(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }

  kepu.copy = function (text, done) {
    if (!navigator.clipboard) { done(copyOldWay(text)); return; }
    navigator.clipboard.writeText(text).then(function () { done(true); }, function () { done(copyOldWay(text)); });
  };

  function copy() {
    kepu.copy(asTable(), function (ok) {
      const message = kepu.text(ok ? 'copied' : 'copy_failed', {n: rows.length});
      kepu.announce(message);
      kepu.toast(message);
    });
  }

  function filters() {
    const town = kepu.byId('filter-township'), state = kepu.byId('filter-state');
    kepu.world.townships.forEach(function (unit) { town.appendChild(el('option', {value: unit.code}, unit.name)); });
    town.hidden = kepu.world.townships.length < 2;
    town.addEventListener('change', function () { kepu.state.set({township: town.value ? data.byCode.get(town.value).index : null}); });
    state.addEventListener('change', function () { kepu.state.set({state: state.value === 'gaps' ? null : state.value}); });
    const follow = function () {
      town.value = kepu.state.now.township === null ? '' : data.units[kepu.state.now.township].code;
      state.value = kepu.state.now.state || 'gaps';
    };
    kepu.state.listen(function (changed) { if (changed.township || changed.state) follow(); });
    follow();
  }

  kepu.toast = function (message) {
    const node = kepu.byId('toast');
    node.textContent = message;
    node.hidden = false;
    clearTimeout(kepu.toast.timer);
    kepu.toast.timer = setTimeout(function () { node.hidden = true; }, 3000);
  };

  kepu.controls.push(function () {
    box = kepu.byId('gaps');
    inner = kepu.byId('gaps-inner');
    filters();
    box.addEventListener('scroll', function () { requestAnimationFrame(paint); });
    box.addEventListener('keydown', onKey);
    kepu.byId('copy').addEventListener('click', copy);
    window.addEventListener('resize', paint);
    kepu.state.listen(function (changed) {
      if (changed.rule || changed.date || changed.township || changed.state) refresh();
      else if (changed.unit) { active = rows.findIndex(function (row) { return row.unit.index === kepu.state.now.unit; }); if (active >= 0) move(active); else paint(); }
    });
    kepu.list = {paint: paint, text: asTable, size: function () { return rows.length; }};
    refresh();
  });
})(window.kepu);
