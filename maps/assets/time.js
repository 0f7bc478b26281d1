/* The slider over the days in the file: everything on the page follows it. Bars show the share met on each. */
(function (kepu) {
  'use strict';
  const data = kepu.data, el = kepu.el, dates = kepu.dates;
  let timer = null;

  function stop() {
    clearInterval(timer);
    timer = null;
    kepu.playing = false;
    kepu.byId('play').setAttribute('aria-pressed', 'false');
    kepu.byId('play').textContent = kepu.text('play');
  }

  function step() {
    const at = kepu.state.now.date;
    if (at >= dates.last) { stop(); kepu.announce(dates.long(at)); return; }
    kepu.state.set({date: at + 1});
  }

  function play() {
    if (timer) { stop(); return; }
    kepu.playing = true;
    kepu.byId('play').setAttribute('aria-pressed', 'true');
    kepu.byId('play').textContent = kepu.text('pause');
    if (kepu.state.now.date === dates.last) kepu.state.set({date: 0});
    timer = setInterval(step, 1100);
  }

  function follow() {
    const at = kepu.state.now.date, slider = kepu.byId('time-slider');
    slider.value = at;
    slider.setAttribute('aria-valuetext', dates.long(at));
    kepu.byId('time-now').textContent = dates.long(at);
    kepu.byId('time-now').classList.toggle('past', at !== dates.last);
    Array.from(kepu.byId('time-bars').children).forEach(function (bar, i) { bar.classList.toggle('now', i === at); });
  }

  function part(name, n, whole) {
    const node = el('i', {class: name});
    node.style.height = (whole ? 100 * n / whole : 0) + '%';
    return node;
  }

  /* One bar a day: met at the foot, gaps above it, unknown on top, so that the rise of "met" is seen. */
  function bars() {
    const id = kepu.state.now.rule;
    kepu.fill(kepu.byId('time-bars'), dates.list.map(function (iso, i) {
      const c = dates.view(id, i).counts, month = +iso.slice(5, 7);
      const label = month === 1 || !i ? iso.slice(0, 4) + '.' + month : String(month);
      const bar = el('div', {class: 'bar'}, el('span', {class: 'stack'}, part('unknown', c.unknown, c.inScope), part('not', c.notMet, c.inScope), part('met', c.met, c.inScope)),
        el('span', {class: 'month'}, label));
      bar.style.left = (dates.last ? 100 * i / dates.last : 0) + '%';
      return bar;
    }));
    follow();
  }

  function comparison() {
    const select = kepu.byId('compare-with');
    dates.list.forEach(function (iso, i) { select.appendChild(el('option', {value: i}, dates.long(i))); });
    select.addEventListener('change', function () { kepu.state.set({compare: select.value === '' ? null : +select.value}); });
    const show = function () { select.value = kepu.state.now.compare === null ? '' : String(kepu.state.now.compare); };
    kepu.state.listen(function (changed) { if (changed.compare) show(); });
    show();
  }

  kepu.controls.push(function () {
    if (!dates.last) return;
    const slider = kepu.byId('time-slider');
    kepu.byId('time').hidden = false;
    document.body.classList.add('has-time');
    slider.max = dates.last;
    slider.addEventListener('input', function () { if (timer) stop(); kepu.state.set({date: +slider.value}); });
    kepu.byId('play').addEventListener('click', play);
    comparison();
    kepu.state.listen(function (changed) {
      if (changed.rule) bars();
      else if (changed.date) follow();
    });
    bars();
  });
})(window.kepu);
