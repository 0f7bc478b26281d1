/* The list and the map beside it. The page is whole without this file: every control is a link or a form.

   - A change of the filters, and links that ask the list something else, swap the list alone.
   - The map posts {kepu: {township, rule, date}} (maps/assets/state.js): a township or a requirement chosen there
     filters the list; whatever the list is asked for, the map beside it shows township, requirement and state of.
   - "Locate" leads to the map beside where it is open, else to the map's own page. */
(function () {
  'use strict';
  const byId = function (id) { return document.getElementById(id); };
  const PARTS = '#gap-list .sort, #gap-list .total, #gap-list .pages a';
  let told = {township: '', rule: ''};  // what the map shows, as far as this page knows

  /* ── the list ── */
  document.addEventListener('click', function (event) {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const locate = event.target.closest('.locate');
    if (locate && show(locate.closest('tr'))) { event.preventDefault(); return; }
    const link = event.target.closest(PARTS);
    if (!link) return;
    event.preventDefault();
    swap(link.getAttribute('href'));
  });

  function swap(address) {
    htmx.ajax('GET', address, {source: byId('filters'), target: '#gap-list', select: '#gap-list', swap: 'outerHTML', values: {}});
  }

  /* a request names only what is asked: no empty fields in the address */
  document.addEventListener('htmx:configRequest', function (event) {
    const parameters = event.detail.parameters, asked = new URL(event.detail.path, location.href);
    if (asked.search) { Object.keys(parameters).forEach(function (name) { delete parameters[name]; }); return; }
    Object.keys(parameters).forEach(function (name) { if (parameters[name] === '') delete parameters[name]; });
  });
  document.addEventListener('htmx:afterSettle', function () { agree(); follow(); });
  document.addEventListener('htmx:historyRestore', function () { agree(); follow(); });
  document.addEventListener('htmx:responseError', function (event) { location.href = event.detail.pathInfo.finalRequestPath; });
  document.addEventListener('htmx:sendError', function () { location.reload(); });

  /* The filters say what the address says. */
  function agree() {
    const asked = new URL(location.href).searchParams;
    ['township', 'task', 'rule', 'level', 'state', 'taken', 'due'].forEach(function (name) { byId(name).value = asked.get(name) || ''; });
    if (document.activeElement !== byId('q')) byId('q').value = asked.get('q') || '';
  }

  /* ── the map ── */
  function inMap() {
    const frame = byId('gap-map');
    const there = frame && frame.offsetParent && frame.contentWindow;
    return there && there.kepu && there.kepu.select ? there.kepu : null;
  }

  function show(row) {
    const kepu = inMap();
    if (!kepu) return false;
    const unit = kepu.data.byCode.get(row.dataset.unit);
    if (!unit) return false;
    if (kepu.data.views.has(row.dataset.rule)) { told.rule = row.dataset.rule; kepu.state.set({rule: row.dataset.rule}); }
    kepu.select({unit: unit}, true);
    document.querySelectorAll('tr.chosen').forEach(function (other) { other.classList.remove('chosen'); });
    row.classList.add('chosen');
    return true;
  }

  window.addEventListener('message', function (event) {
    const frame = byId('gap-map');
    if (!frame || event.source !== frame.contentWindow || event.origin !== location.origin) return;
    const news = event.data && event.data.kepu;
    if (!news) return;
    const address = new URL(location.href), asked = address.searchParams;
    let other = false;
    Object.keys(told).forEach(function (name) {
      if (typeof news[name] !== 'string' || news[name] === told[name]) return;
      told[name] = news[name];
      if ((asked.get(name) || '') === news[name]) return;
      if (news[name]) asked.set(name, news[name]); else asked.delete(name);
      other = true;
    });
    asked.delete('page');
    if (other) swap(address.pathname + address.search);
  });

  /* The map shows what the list is asked for. A list of all requirements leaves it the one that it has. */
  function follow() {
    const kepu = inMap();
    if (!kepu) return;
    const asked = new URL(location.href).searchParams, unit = kepu.data.byCode.get(asked.get('township') || '');
    const patch = {state: asked.get('state'), township: unit ? unit.index : null};
    if (kepu.data.views.has(asked.get('rule'))) patch.rule = asked.get('rule');
    if (patch.township !== kepu.state.now.township) Object.assign(patch, {unit: null, facility: null});
    told = {township: unit ? unit.code : '', rule: patch.rule || kepu.state.now.rule};
    kepu.state.set(patch);
  }
  document.addEventListener('load', function (event) { if (event.target === byId('gap-map')) follow(); }, true);
  follow();
})();
