/* What is chosen at this moment, who wants to know, and the link (#…) that brings it back. */
(function (kepu) {
  'use strict';
  const data = kepu.data;
  const listeners = [];
  const dates = kepu.dates;
  const first = data.views.has(data.place.firstRule) ? data.place.firstRule : data.views.keys().next().value;
  function firstTownship() {
    const unit = data.byCode.get(data.place.firstTownship);
    return unit ? unit.index : null;
  }
  const start = {rule: first, unit: null, facility: null, township: firstTownship(), state: null, base: 'auto', layers: [],
    date: dates.last, compare: null, mode: null, scope: null, basemap: null};
  const now = Object.assign({}, start);
  let pending = null;  // the browser takes longer over an address than the page over a new day

  function same(a, b) { return Array.isArray(a) ? a.join() === b.join() : a === b; }

  function set(patch, quiet) {
    const changed = {};
    Object.keys(patch).forEach(function (key) {
      if (same(now[key], patch[key])) return;
      now[key] = patch[key];
      changed[key] = true;
    });
    if (!Object.keys(changed).length) return;
    if (changed.scope) { dates.wide(now.scope === 'all'); changed.rule = true; }  // every count may be another
    if (!quiet) { clearTimeout(pending); pending = setTimeout(writeLink, 0); }
    listeners.forEach(function (listener) { listener(changed, now); });
  }

  function writeLink() {
    const parts = [];
    const put = function (key, value) { if (value) parts.push(key + '=' + encodeURIComponent(value)); };
    put('rule', now.rule);
    put('unit', now.unit === null ? '' : data.units[now.unit].code);
    put('township', now.township === null ? '' : data.units[now.township].code);
    put('state', now.state);
    put('base', now.base === 'auto' ? '' : now.base);
    put('layers', now.layers.join(','));
    put('date', now.date === dates.last ? '' : dates.list[now.date]);
    put('compare', now.compare === null ? '' : dates.list[now.compare]);
    put('scope', now.scope);
    put('mode', now.mode);
    put('basemap', now.basemap);
    history.replaceState(null, '', '#' + parts.join('&'));
    tellPage();
  }

  /* A page of the same origin that holds the map in a frame learns what was chosen (api/static/overview.js). */
  function tellPage() {
    if (window.parent === window || location.origin === 'null') return;
    window.parent.postMessage({kepu: {
      township: now.township === null ? '' : data.units[now.township].code, rule: now.rule || '',
      date: now.date === dates.last ? '' : dates.list[now.date]
    }}, location.origin);
  }

  function readLink() {
    const found = {};
    location.hash.slice(1).split('&').forEach(function (part) {
      const cut = part.indexOf('=');
      if (cut < 0) return;
      try { found[part.slice(0, cut)] = decodeURIComponent(part.slice(cut + 1)); } catch (error) { /* a broken link says nothing */ }
    });
    const index = function (code) { return data.byCode.has(code) ? data.byCode.get(code).index : null; };
    const known = data.layers.map(function (layer) { return layer.name; });
    return {
      rule: data.views.has(found.rule) ? found.rule : start.rule,
      unit: index(found.unit), township: found.township ? index(found.township) : start.township,
      state: ['not_met', 'unknown', 'met', 'gaps'].indexOf(found.state) >= 0 ? found.state : null,
      base: ['townships', 'villages'].indexOf(found.base) >= 0 ? found.base : 'auto',
      date: dates.list.indexOf(found.date) >= 0 ? dates.list.indexOf(found.date) : dates.last,
      compare: dates.list.indexOf(found.compare) >= 0 ? dates.list.indexOf(found.compare) : null,
      mode: found.mode === 'present' ? 'present' : null, scope: found.scope === 'plan' || (found.scope === 'all' && data.hasWider) ? found.scope : null,
      basemap: data.basemap && found.basemap >= 10 && found.basemap <= 100 ? Math.round(found.basemap) : null,
      layers: (found.layers || '').split(',').filter(function (name) { return known.indexOf(name) >= 0; })
    };
  }

  kepu.state = {
    now: now,
    set: set,
    view: function () { return dates.view(now.rule, now.date); },
    viewOf: function (id) { return dates.view(id, now.date); },
    listen: function (listener) { listeners.push(listener); },
    toggleLayer: function (name) {
      const on = now.layers.indexOf(name) >= 0;
      set({layers: on ? now.layers.filter(function (one) { return one !== name; }) : now.layers.concat(name)});
    },
    openLink: function () { clearTimeout(pending); set(readLink(), true); }
  };
  Object.assign(now, readLink());
  dates.wide(now.scope === 'all');
  window.addEventListener('hashchange', kepu.state.openLink);
})(window.kepu);
