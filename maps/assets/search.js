/* Search by name, part of a name, code, pinyin and pinyin initials. */
(function (kepu) {
  'use strict';
  const data = kepu.data, el = kepu.el;
  const MOST = 12;
  let found = [], active = -1, input, list;

  /* Smaller is better; Infinity is no match. */
  function rank(unit, query) {
    if (unit.code === query) return 0;
    const name = unit.name.toLowerCase();
    if (name === query || unit.short.toLowerCase() === query) return 1;
    if (name.startsWith(query)) return 2;
    if (name.indexOf(query) >= 0) return 3;
    if (!/^[a-z0-9']+$/.test(query)) return Infinity;
    if (unit.initials === query) return 4;
    if (unit.initials.startsWith(query)) return 5;
    if (unit.pinyin.startsWith(query)) return 6;
    if (/^\d{4,}$/.test(query) && unit.code.startsWith(query)) return 7;
    if (unit.pinyin.indexOf(query) >= 0 && query.length > 2) return 8;
    return Infinity;
  }

  function search(text) {
    const query = text.trim().toLowerCase().replace(/\s+/g, '');
    if (!query) return [];
    return data.units.map(function (unit) { return [rank(unit, query), unit]; })
      .filter(function (pair) { return pair[0] < Infinity; })
      .sort(function (a, b) { return a[0] - b[0] || a[1].kind - b[1].kind || a[1].index - b[1].index; })
      .slice(0, MOST).map(function (pair) { return pair[1]; });
  }

  function option(unit, i) {
    const town = unit.town >= 0 && unit.town !== unit.index ? data.units[unit.town].name : unit.type;
    const state = kepu.state.view().states.get(unit.index);
    return el('li', {role: 'option', id: 'found-' + i, 'aria-selected': String(i === active), 'data-code': unit.code, onmousedown: function (event) { event.preventDefault(); choose(i); }},
      unit.kind === kepu.state.view().kind ? kepu.symbols.glyphSwatch(state === undefined ? 4 : state) : el('span', {class: 'swatch-space'}),
      kepu.name(unit.name), ' ', kepu.name(town, 'town'), ' ', el('span', {class: 'code'}, unit.code));
  }

  function show() {
    const open = document.activeElement === input && input.value.trim() !== '';
    list.hidden = !open;
    input.setAttribute('aria-expanded', String(open));
    kepu.fill(list, found.length ? found.map(option) : el('li', {class: 'none'}, kepu.text('search_none')));
    if (active >= 0) input.setAttribute('aria-activedescendant', 'found-' + active);
    else input.removeAttribute('aria-activedescendant');
  }

  function choose(i) {
    const unit = found[i];
    if (!unit) return;
    input.value = unit.name;
    input.blur();
    kepu.select({unit: unit}, true);
  }

  function onKey(event) {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const n = found.length;
      if (n) active = (active + (event.key === 'ArrowDown' ? 1 : -1) + n) % n;
      show();
    } else if (event.key === 'Enter') { event.preventDefault(); choose(Math.max(0, active)); }
    else if (event.key === 'Escape') { event.stopPropagation(); input.value = ''; found = []; show(); }
  }

  kepu.controls.push(function () {
    input = kepu.byId('search');
    list = kepu.byId('found');
    if (window.innerWidth <= 760) input.placeholder = kepu.text('search_short');
    input.addEventListener('input', function () { found = search(input.value); active = -1; show(); });
    input.addEventListener('keydown', onKey);
    input.addEventListener('focus', show);
    input.addEventListener('blur', show);
    kepu.search = search;
  });
})(window.kepu);
