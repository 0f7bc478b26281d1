/* The overview's links between its parts. The page is whole without this file.

   Map and page tell each other what is chosen:
   - the page writes the map's address (#township=…&rule=…&date=…), which the map follows;
   - the map posts {kepu: {township, rule, date}} to the page around it whenever a reader chooses there
     (maps/assets/state.js); codes are text, rule is a rule's id, date an ISO day or "" for the last one.
   A link with hx-get swaps every part of the page but the map. */
(function () {
  'use strict';
  const byId = function (id) { return document.getElementById(id); };
  const MAP = '/map';
  const map = function () { return byId('map'); };
  let told = {township: '', rule: '', date: ''};

  function chosen() {
    const lead = byId('lead-in');
    return {township: lead.dataset.township, rule: lead.dataset.rule};
  }

  /* ── page → map ── */
  function tell(patch) {
    const frame = map();
    if (!frame || !frame.contentWindow || frame.contentWindow.location.pathname !== MAP) return;
    const now = Object.assign({}, told, patch);
    if (same(now, told)) return;
    told = now;
    const address = new URL(frame.contentWindow.location.href);  // a bare #… would be taken as one of this page
    const hash = new URLSearchParams(address.hash.slice(1));
    Object.keys(now).forEach(function (key) { if (now[key]) hash.set(key, now[key]); else hash.delete(key); });
    hash.delete('unit');
    frame.contentWindow.location.replace(address.href.split('#')[0] + '#' + hash.toString());  // no # would load it anew
  }

  function same(a, b) { return Object.keys(a).every(function (key) { return a[key] === b[key]; }); }

  /* ── map → page ── */
  window.addEventListener('message', function (event) {
    const frame = map();
    if (!frame || event.source !== frame.contentWindow || event.origin !== location.origin) return;
    const news = event.data && event.data.kepu;
    if (!news) return;
    told = {township: news.township, rule: told.rule ? news.rule : '', date: news.date};
    moveTo(news.date);
    const now = chosen();
    if (news.township === now.township) return;
    const address = new URL(location.href);
    if (news.township) address.searchParams.set('township', news.township); else address.searchParams.delete('township');
    address.hash = '';
    swap(address);
  });

  function swap(address) {
    const link = document.createElement('a');
    link.href = address.pathname + address.search;
    ['hx-swap', 'hx-push-url', 'hx-select-oob'].forEach(function (name) {
      link.setAttribute(name, document.querySelector('[hx-select-oob]').getAttribute(name));
    });
    link.setAttribute('hx-get', link.getAttribute('href'));
    link.hidden = true;
    document.body.append(link);
    htmx.process(link);
    link.click();
    link.remove();
  }

  /* hx-get is empty in the page: a link's own address is what it gets */
  document.addEventListener('htmx:configRequest', function (event) {
    const link = event.target;
    if (link.tagName === 'A') event.detail.path = link.getAttribute('href');
  });
  document.addEventListener('htmx:afterSettle', function () { settle(); });
  document.addEventListener('htmx:responseError', function (event) { location.href = event.detail.pathInfo.requestPath; });  // an error has a page of its own
  document.addEventListener('htmx:sendError', function () { location.reload(); });

  function settle() {
    const now = chosen();
    document.title = document.title.replace(/^[^·]*/, (chosenName() || document.body.dataset.title || '') + ' ');
    tell({township: now.township, rule: now.rule});
    startTime();
  }

  function chosenName() {
    const chip = document.querySelector('.chips .chip');
    return chosen().township && chip ? chip.firstChild.textContent : '';
  }

  /* ── time ── */
  let time = null;
  const started = new WeakSet();  // not a data- attribute: htmx gives a new element the old one's for a moment

  function startTime() {
    const range = byId('time-range');
    if (!range || started.has(range)) return;
    started.add(range);
    time = JSON.parse(byId('time').dataset.months);
    range.addEventListener('input', function () { show(Number(range.value)); });
  }

  function moveTo(day) {
    const range = byId('time-range');
    if (!time || !range) return;
    const at = day ? time.days.indexOf(day) : time.days.length - 1;
    if (at >= 0 && Number(range.value) !== at) { range.value = at; show(at); }
  }

  function show(at) {
    const last = at === time.days.length - 1, day = time.days[at];
    byId('time-day').textContent = time.told[at];
    const go = byId('time-go'), address = new URL(go.href);
    address.searchParams.set('as_of', day);
    go.href = address.pathname + address.search;
    go.hidden = last;
    document.querySelectorAll('.ring-item').forEach(function (item) { ring(item, time.rules[item.dataset.rule], at); });
    tell({date: last ? '' : day});
  }

  /* The same drawing as the server's (macros.html.jinja, ring): parts of 100 in order. */
  function ring(item, facts, at) {
    if (!facts) return;
    const counts = facts.counts[at], whole = counts.reduce(function (a, b) { return a + b; }, 0);
    const fill = facts.fills ? facts.fills[at] : null;
    const parts = fill !== null ? [['met', fill]]
      : [['met', counts[0]], ['met-shared', counts[1]], ['not-met', counts[2]]].map(function (part) {
        return [part[0], whole ? 100 * part[1] / whole : 0];
      });
    const svg = item.querySelector('.ring');
    svg.querySelectorAll('circle:not(.ring-rest)').forEach(function (circle) { circle.remove(); });
    let start = 0;
    parts.forEach(function (part) {
      if (part[1] > 0) svg.append(arc(part[0], part[1], start));
      start += part[1];
    });
    item.querySelector('data').textContent = facts.texts[at];
    item.querySelector('.ring-counts').textContent = facts.told[at];
    const state = item.querySelector('.ring-state');
    state.classList.toggle('past', at !== time.days.length - 1);  // the verdict is the last day's
  }

  function arc(name, length, start) {
    const circle = document.createElementNS('http://www.w3.org/2000/svg', 'circle');
    const facts = {class: 'ring-' + name, cx: 50, cy: 50, r: 42, pathLength: 100,
      'stroke-dasharray': length + ' ' + (100 - length), 'stroke-dashoffset': 25 - start};
    Object.keys(facts).forEach(function (key) { circle.setAttribute(key, facts[key]); });
    return circle;
  }

  /* ── a wall: the sentence, the rings and the map alone ── */
  document.addEventListener('click', function (event) {
    const button = event.target.closest('#present');
    if (button) present(button.getAttribute('aria-pressed') !== 'true');
  });
  document.addEventListener('fullscreenchange', function () { if (!document.fullscreenElement) present(false); });
  document.addEventListener('keydown', function (event) {
    const on = document.documentElement.classList.contains('presenting'), range = byId('time-range');
    if (!on) return;
    if (event.key === 'Escape') present(false);
    const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
    if (!step || !range || event.target === range) return;
    range.value = Number(range.value) + step;
    show(Number(range.value));
  });

  function present(on) {
    const button = byId('present');
    document.documentElement.classList.toggle('presenting', on);
    button.setAttribute('aria-pressed', String(on));
    button.textContent = on ? button.dataset.on : button.dataset.off;
    if (on && document.documentElement.requestFullscreen) document.documentElement.requestFullscreen().catch(function () { /* large type is enough */ });
    if (!on && document.fullscreenElement) document.exitFullscreen();
  }

  document.body.dataset.title = document.title.split('·')[0].trim();
  map().addEventListener('load', function () { told = {township: '', rule: '', date: ''}; tell(chosen()); });
  startTime();
  if (map().contentDocument && map().contentDocument.readyState === 'complete') tell(chosen());
})();
