/* Buttons of the page itself: printing, a picture, large type, the bottom sheet of a phone. */
(function (kepu) {
  'use strict';
  const data = kepu.data;
  let before = null;

  /* Paper has its own size: the map is laid out for it and redrawn four times finer, then put back. */
  function toPaper() {
    if (before) return;
    const map = kepu.map.leaflet();
    before = {center: map.getCenter(), zoom: map.getZoom(), whole: map.getBounds().contains(kepu.world.bounds(kepu.world.scope))};
    document.body.classList.add('printing');
    document.documentElement.classList.remove('presenting');  // large type is for a wall, not for a sheet
    kepu.map.resize();
    if (before.whole) kepu.map.home(); else map.setView(before.center, before.zoom, {animate: false});
    kepu.map.grain(4);  // Chromium shrinks a canvas on paper by a few per cent unless this is a power of two
  }

  function toScreen() {
    if (!before) return;
    document.body.classList.remove('printing');
    document.documentElement.classList.toggle('presenting', kepu.state.now.mode === 'present');
    kepu.map.resize();
    kepu.map.grain(null);
    kepu.map.leaflet().setView(before.center, before.zoom, {animate: false});
    before = null;
  }

  function present() {
    const on = kepu.state.now.mode === 'present';
    document.documentElement.classList.toggle('presenting', on);
    kepu.byId('present').setAttribute('aria-pressed', String(on));
    kepu.map.resize();
    kepu.map.home();
    kepu.map.repaint();
    if (kepu.list) kepu.list.paint();
  }

  function sheet() {
    const open = document.body.classList.toggle('sheet-open');
    kepu.byId('sheet').setAttribute('aria-expanded', String(open));
    if (kepu.list) kepu.list.paint();
  }

  kepu.controls.push(function () {
    window.addEventListener('beforeprint', toPaper);
    window.addEventListener('afterprint', toScreen);
    kepu.byId('print').addEventListener('click', function () { window.print(); });
    kepu.byId('present').addEventListener('click', function () { kepu.state.set({mode: kepu.state.now.mode ? null : 'present'}); });
    kepu.state.listen(function (changed) { if (changed.mode) present(); });
    if (kepu.state.now.mode) present();
    kepu.byId('sheet').addEventListener('click', sheet);
    const showCard = function () {
      if (kepu.state.now.unit === null || window.innerWidth > 760) return;
      document.body.classList.add('sheet-open');
      kepu.byId('sheet').setAttribute('aria-expanded', 'true');
    };
    kepu.state.listen(function (changed) { if (changed.unit) showCard(); });
    showCard();
  });
})(window.kepu);
