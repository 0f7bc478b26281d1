/* One canvas under Leaflet that paints itself after every move; it also knows what lies under a point. */
(function (kepu) {
  'use strict';
  const data = kepu.data, world = kepu.world, draw = kepu.draw;

  kepu.Scene = L.Renderer.extend({
    options: {padding: 0.3, ratio: null, inset: null, tight: false},

    initialize: function (options) {
      L.setOptions(this, options);
      L.stamp(this);
      this._layers = {};
    },

    _initContainer: function () {
      this._container = document.createElement('canvas');
      this._container.setAttribute('aria-hidden', 'true');
    },

    _destroyContainer: function () { L.DomUtil.remove(this._container); this._container = null; },

    _update: function () {
      if (this._map._animatingZoom && this._bounds) return;
      L.Renderer.prototype._update.call(this);
      const size = this._bounds.getSize(), ratio = this.options.ratio || Math.max(1, window.devicePixelRatio || 1);
      L.DomUtil.setPosition(this._container, this._bounds.min);
      this.resize(size, Math.round(size.x * ratio), Math.round(size.y * ratio));
      this.paint();
    },

    /* A canvas that is given its size anew is made anew, so it is given only where it differs. */
    resize: function (size, width, height) {
      const canvas = this._container;
      if (canvas.width === width && canvas.height === height) return;
      canvas.width = width; canvas.height = height;
      canvas.style.width = size.x + 'px'; canvas.style.height = size.y + 'px';
    },

    pen: function () {
      const scale = Math.pow(2, this._map.getZoom()), origin = this._map.getPixelOrigin(), size = this._bounds.getSize();
      const pen = {
        ctx: this._container.getContext('2d'), scale: scale, x: origin.x + this._bounds.min.x,
        y: origin.y + this._bounds.min.y, width: size.x, height: size.y, zoom: this._map.getZoom(),
        ratio: this._container.width / size.x, tight: this.options.tight, date: kepu.state.now.date, large: document.documentElement.classList.contains('presenting')
      };
      const corner = this._map.containerPointToLayerPoint([0, 0]).subtract(this._bounds.min), seen = this._map.getSize();
      pen.seen = [corner.x, corner.y, corner.x + seen.x, corner.y + seen.y];
      const box = this.options.inset && this.options.inset();
      if (box) pen.skip = draw.place(pen, [box[0], box[1]]).concat(draw.place(pen, [box[2], box[3]]));
      return pen;
    },

    paint: function () {
      if (!this._bounds || !this._container.width || !this._container.height) return;
      const now = kepu.state.now, pen = this.pen();
      if (now.compare === null) { draw.all(pen, now, kepu.state.view()); return; }
      const split = this.split(), side = function (from, to, date) {
        draw.all(Object.assign(pen, {clip: [from, to], date: date}), now, kepu.dates.view(now.rule, date));
      };
      side(-1, split, now.compare);
      side(split, pen.width + 1, now.date);
      if (this.options.tight) this.divide(pen, split);
    },

    /* The second picture has its own line; the large one has a handle above it. */
    divide: function (pen, x) {
      const ctx = pen.ctx, k = pen.ratio;
      ctx.fillStyle = data.palette.ink; ctx.fillRect((x - 2) * k, 0, 4 * k, this._container.height);
      ctx.fillStyle = '#fff'; ctx.fillRect((x - 1) * k, 0, 2 * k, this._container.height);
    },

    /* Where the two days meet, in pixels of the canvas. */
    split: function () {
      const x = this._map.getSize().x * (this.options.tight ? 0.5 : kepu.marks.share());
      return this._map.containerPointToLayerPoint([x, 0]).x - this._bounds.min.x;
    },

    /* What is at a layer point: a facility, else a unit's point, else the area; null outside all. */
    at: function (layerPoint) {
      const pen = this.pen(), x = layerPoint.x - this._bounds.min.x, y = layerPoint.y - this._bounds.min.y;
      const reach = Math.max(9, draw.radius(pen) + 3);
      return facilityAt(pen, x, y, reach) || unitAt(pen, x, y, reach) || areaAt((x + pen.x) / pen.scale, (y + pen.y) / pen.scale);
    }
  });

  function nearer(best, p, x, y, found) {
    const away = Math.hypot(p[0] - x, p[1] - y);
    return away < best.away ? Object.assign({away: away}, found) : best;
  }

  function facilityAt(pen, x, y, reach) {
    let best = {away: reach};
    data.layers.forEach(function (layer) {
      if (kepu.state.now.layers.indexOf(layer.name) < 0) return;
      layer.items.forEach(function (item) {
        const p = kepu.dates.exists(item, pen.date) && draw.facilityPlace(pen, item);
        if (p && draw.inside(pen, p, 0)) best = nearer(best, p, x, y, {facility: item});
      });
    });
    return best.facility ? best : null;
  }

  function unitAt(pen, x, y, reach) {
    const kind = kepu.state.view().kind;
    let best = {away: reach};
    data.units.forEach(function (unit) {
      if (unit.kind !== kind || !world.points[unit.index]) return;
      if (kind === data.KIND.township && world.shapes[unit.index]) return;
      const p = draw.place(pen, world.points[unit.index]);
      if (draw.inside(pen, p, 0)) best = nearer(best, p, x, y, {unit: unit});
    });
    return best.unit ? best : null;
  }

  function areaAt(x, y) {
    const hit = function (unit) { return world.shapes[unit.index] && world.contains(world.shapes[unit.index], x, y); };
    const village = kepu.state.view().kind === data.KIND.village && kepu.map.showsVillages() && world.villages.find(hit);
    const unit = village || world.townships.find(hit);
    return unit ? {unit: unit} : null;
  }
})(window.kepu);
