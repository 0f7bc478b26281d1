/* The basemap: pale tiles multiplied into the areas under lines, points and names. White paper leaves the
   colours of the legend as they are, and no basemap hides anything of the data. */
(function (kepu) {
  'use strict';
  const data = kepu.data, base = data.basemap, SIDE = 256, START = 60, MOST = 600, KEPT = 1500;
  const GREY = 0.6, VEIL = 0.25;  // how much of its colour and of its darkness a tile loses
  const pictures = new Map();  // address → image, loaded, loading or broken
  const sheets = new WeakMap();  // canvas of a scene → its pale basemap
  let held = false, waiting = false, version = 0;

  /* Where a tile's picture is; null where there is none. */
  function address(z, x, y) {
    if (!base.address) {
      const image = base.tiles[z + '/' + x + '/' + y];
      return image === undefined ? null : base.images[image];
    }
    const n = Math.pow(2, z), a = corner(base.area[0], base.area[3]), b = corner(base.area[2], base.area[1]);
    if (x + 1 < a[0] * n || x > b[0] * n || y + 1 < a[1] * n || y > b[1] * n) return null;
    return base.address.replace('{z}', z).replace('{x}', x).replace('{y}', y);
  }

  function corner(lon, lat) {
    const p = L.CRS.EPSG3857.latLngToPoint(L.latLng(lat, lon), 0);
    return [p.x / SIDE, p.y / SIDE];
  }

  function refresh() {
    version++;
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(function () { waiting = false; kepu.map.repaint(); });
  }

  function ask(src) {
    const image = new Image();
    image.addEventListener('load', refresh);
    image.src = src;
    pictures.set(src, image);
    if (pictures.size > KEPT) pictures.delete(pictures.keys().next().value);
    return image;
  }

  /* The tile itself, else the part of a coarser one that covers its place: {image, share, x, y}. While a
     tile is on its way, coarser ones stand in for it only if they are here already. */
  function found(z, x, y) {
    let coming = false;
    for (let up = 0; z - up >= base.zooms[0]; up++) {
      const n = Math.pow(2, up), src = address(z - up, Math.floor(x / n), Math.floor(y / n));
      const image = src && (pictures.get(src) || (coming ? null : ask(src)));
      if (!image) continue;
      if (image.complete && image.naturalWidth) return {image: image, share: 1 / n, x: (x % n) / n, y: (y % n) / n};
      coming = coming || !image.complete;
    }
    return null;
  }

  /* Edges fall on whole pixels of the screen, so that no seam shows between tiles. */
  function lay(ctx, pen) {
    const wanted = Math.round(Math.log2(pen.scale * pen.ratio));
    const z = Math.max(base.zooms[0], Math.min(base.zooms[1], wanted)), side = SIDE * pen.scale / Math.pow(2, z) * pen.ratio;
    const left = pen.x * pen.ratio, top = pen.y * pen.ratio, last = Math.pow(2, z) - 1;
    const x1 = Math.max(0, Math.floor(left / side)), x2 = Math.min(last, Math.floor((left + pen.width * pen.ratio) / side));
    const y1 = Math.max(0, Math.floor(top / side)), y2 = Math.min(last, Math.floor((top + pen.height * pen.ratio) / side));
    if ((x2 - x1 + 1) * (y2 - y1 + 1) > MOST) return;
    for (let x = x1; x <= x2; x++) {
      for (let y = y1; y <= y2; y++) {
        const tile = found(z, x, y);
        if (!tile) continue;
        const l = Math.round(x * side - left), t = Math.round(y * side - top), size = tile.image.naturalWidth;
        ctx.drawImage(tile.image, tile.x * size, tile.y * size, tile.share * size, tile.share * size,
          l, t, Math.round((x + 1) * side - left) - l, Math.round((y + 1) * side - top) - t);
      }
    }
  }

  function canvas(like) {
    const made = document.createElement('canvas');
    made.width = like.width; made.height = like.height;
    return made;
  }

  /* The tiles of a picture with less colour and a veil of white, where there are tiles. */
  function pale(pen) {
    const of = pen.ctx.canvas, key = [version, pen.x, pen.y, pen.scale, of.width, of.height].join();
    const kept = sheets.get(of);
    if (kept && kept.key === key) return kept.sheet;
    const tiles = canvas(of), sheet = canvas(of), ctx = sheet.getContext('2d');
    lay(tiles.getContext('2d'), pen);
    const wash = function (mode, color, strength) {
      ctx.globalCompositeOperation = mode; ctx.globalAlpha = strength; ctx.fillStyle = color;
      ctx.fillRect(0, 0, sheet.width, sheet.height);
    };
    ctx.drawImage(tiles, 0, 0);
    wash('saturation', '#808080', GREY);
    wash('source-over', '#fff', VEIL);
    ctx.globalCompositeOperation = 'destination-in'; ctx.globalAlpha = 1;
    ctx.drawImage(tiles, 0, 0);
    sheets.set(of, {key: key, sheet: sheet});
    return sheet;
  }

  kepu.basemap = {
    paint: function (pen) {
      const strength = kepu.state.now.basemap, ctx = pen.ctx;
      if (strength === null || held) return;
      const sheet = pale(pen);
      ctx.save();
      ctx.globalCompositeOperation = 'multiply'; ctx.globalAlpha = strength / 100;
      ctx.drawImage(sheet, 0, 0, sheet.width / pen.ratio, sheet.height / pen.ratio);
      ctx.restore();
    },
    /* Pictures that lie beside the page may be shown but, by the browser's rules, not saved: a saved map
       does without them. */
    hold: function (on) { held = on && !base.open; credit(); return held; }
  };

  function credit() {
    const marks = kepu.byId('marks'), shown = kepu.byId('basemap-credit'), on = kepu.state.now.basemap !== null && !held;
    if (shown) shown.remove();
    if (on && base.credit) marks.appendChild(kepu.el('span', {id: 'basemap-credit'}, kepu.text('basemap_credit'), kepu.name(base.credit)));
  }

  kepu.controls.push(function () {
    const section = kepu.byId('basemap'), on = kepu.byId('basemap-on'), strength = kepu.byId('basemap-strength'), note = kepu.byId('basemap-note');
    kepu.byId('legend-body').appendChild(section);  // a layer among the others
    strength.value = START;
    note.textContent = base.note;
    on.addEventListener('change', function () { kepu.state.set({basemap: on.checked ? +strength.value : null}); });
    strength.addEventListener('input', function () { kepu.state.set({basemap: +strength.value}); });
    const follow = function () {
      const now = kepu.state.now.basemap;
      on.checked = now !== null;
      section.classList.toggle('on', on.checked);
      note.hidden = !on.checked || !base.note;
      if (on.checked) strength.value = now;
      credit();
    };
    kepu.state.listen(function (changed) { if (changed.basemap) follow(); });
    follow();
  });
})(window.kepu);
