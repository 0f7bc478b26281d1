/* What the reader lays over the map: graticule, circles round stations, a measured line, changes between days. */
(function (kepu) {
  'use strict';
  const data = kepu.data, palette = data.palette, geodesy = kepu.geodesy;
  const STEPS = [10, 5, 2, 1, 0.5, 0.25, 1 / 6, 1 / 12, 1 / 30, 1 / 60, 1 / 120, 1 / 360];
  const set = {graticule: false, radius: 0, format: 'degrees', measuring: false, points: [], share: 0.5};
  const circles = new Map();

  function project(lon, lat) { const p = L.CRS.EPSG3857.latLngToPoint(L.latLng(lat, lon), 0); return [p.x, p.y]; }
  function where(pen, x, y) { const p = L.CRS.EPSG3857.pointToLatLng(L.point((x + pen.x) / pen.scale, (y + pen.y) / pen.scale), 0); return [p.lng, p.lat]; }

  /* Degrees and minutes only as far as the step needs them. */
  function degrees(value, step) {
    const seconds = Math.round(Math.abs(value) * 3600), d = Math.floor(seconds / 3600), m = Math.floor(seconds / 60) % 60, s = seconds % 60;
    return (value < 0 ? '−' : '') + d + '°' + (step % 1 ? String(m).padStart(2, '0') + '′' : '') + (step * 60 % 1 > 1e-9 && s ? String(s).padStart(2, '0') + '″' : '');
  }

  function graticule(pen) {
    if (!set.graticule || pen.tight) return;
    const nw = where(pen, 0, 0), se = where(pen, pen.width, pen.height), ctx = pen.ctx;
    const step = STEPS.filter(function (one) { return (se[0] - nw[0]) / one <= 9; }).pop() || STEPS[0];
    const label = function (text, x, y) { kepu.draw.write(pen, text, x, y, '500 11px ' + kepu.draw.FONT, palette.accent); };
    const line = function (x1, y1, x2, y2) {
      ctx.strokeStyle = 'rgba(29,79,145,.5)'; ctx.lineWidth = 0.8; ctx.beginPath(); ctx.moveTo(x1, y1); ctx.lineTo(x2, y2); ctx.stroke();
    };
    for (let i = Math.ceil(nw[0] / step); i * step < se[0]; i++) {
      const x = kepu.draw.place(pen, project(i * step, nw[1]))[0];
      line(x, 0, x, pen.height);
      label(degrees(i * step, step), x, pen.seen[1] + 10);
    }
    for (let i = Math.ceil(se[1] / step); i * step < nw[1]; i++) {
      const y = kepu.draw.place(pen, project(nw[0], i * step))[1];
      line(0, y, pen.width, y);
      label(degrees(i * step, step), pen.seen[2] - 130, y - 8);
    }
  }

  function circleOf(item) {
    const key = set.radius + ' ' + item.index;
    if (!circles.has(key)) {
      circles.set(key, geodesy.circle(item.lon, item.lat, set.radius, 48).map(function (p) { return project(p[0], p[1]); }));
    }
    return circles.get(key);
  }

  /* One shape of all circles, so that they don't darken where they overlap. */
  function catchment(pen) {
    if (!set.radius) return;
    const layer = data.layers.find(function (one) { return one.name === 'stations'; }), ctx = pen.ctx;
    const shape = new Path2D();
    layer.items.forEach(function (item) {
      if (item.lon === null || !kepu.dates.exists(item, pen.date)) return;
      const ring = new Path2D();
      circleOf(item).forEach(function (p, i) { const at = kepu.draw.place(pen, p); ring[i ? 'lineTo' : 'moveTo'](at[0], at[1]); });
      ring.closePath();
      shape.addPath(ring);
    });
    ctx.fillStyle = 'rgba(29,79,145,.13)'; ctx.fill(shape, 'nonzero');
    ctx.strokeStyle = 'rgba(29,79,145,.3)'; ctx.lineWidth = 0.8; ctx.stroke(shape);
  }

  /* An arrow beside each unit that changed: up for better, down for worse. */
  function changes(pen, view) {
    const now = kepu.state.now;
    if (now.compare === null || view.kind === data.KIND.city) return;
    const before = kepu.dates.view(now.rule, now.compare), after = kepu.dates.view(now.rule, now.date), r = Math.max(4.5, kepu.draw.radius(pen));
    data.units.forEach(function (unit) {
      const at = unit.kind === view.kind && (kepu.world.labels[unit.index] || kepu.world.points[unit.index]);
      const change = at && kepu.dates.change(before, after, unit.index);
      if (!change || change === 'other') return;
      const p = kepu.draw.place(pen, at), up = change === 'better' ? -1 : 1, ctx = pen.ctx, x = p[0] + r * 1.9, y = p[1];
      if (!kepu.draw.inside(pen, p, 16)) return;
      ctx.beginPath(); ctx.moveTo(x, y + up * r * 1.2); ctx.lineTo(x + r, y - up * r * 0.6); ctx.lineTo(x - r, y - up * r * 0.6); ctx.closePath();
      ctx.lineJoin = 'round'; ctx.strokeStyle = '#fff'; ctx.lineWidth = 3; ctx.stroke();
      ctx.fillStyle = change === 'better' ? '#155e57' : palette.states[3].fill; ctx.fill();
    });
  }

  function total() {
    let sum = 0;
    for (let i = 1; i < set.points.length; i++) sum += geodesy.distance(set.points[i - 1][0], set.points[i - 1][1], set.points[i][0], set.points[i][1]);
    return sum;
  }

  function line(pen) {
    if (!set.points.length) return;
    const ctx = pen.ctx, at = set.points.map(function (p) { return kepu.draw.place(pen, project(p[0], p[1])); });
    ctx.beginPath();
    at.forEach(function (p, i) { ctx[i ? 'lineTo' : 'moveTo'](p[0], p[1]); });
    ctx.strokeStyle = '#fff'; ctx.lineWidth = 5; ctx.stroke();
    ctx.strokeStyle = palette.ink; ctx.lineWidth = 2; ctx.setLineDash([7, 4]); ctx.stroke(); ctx.setLineDash([]);
    at.forEach(function (p) { ctx.beginPath(); ctx.arc(p[0], p[1], 4, 0, Math.PI * 2); ctx.fillStyle = '#fff'; ctx.fill(); ctx.stroke(); });
    const end = at[at.length - 1];
    if (at.length > 1) kepu.draw.write(pen, geodesy.length(total()), end[0], end[1] - 14, '700 14px ' + kepu.draw.FONT, palette.ink);
  }

  kepu.marks = {
    graticule: graticule, circles: catchment, changes: changes, line: line, total: total,
    now: function () { return set; },
    set: function (patch) {
      Object.assign(set, patch);
      kepu.map.repaint();
      if (kepu.marks.changed) kepu.marks.changed();
    },
    share: function () { return set.share; },
    /* A click while measuring belongs to the line. */
    click: function (at) {
      if (!set.measuring) return false;
      kepu.marks.set({points: set.points.concat([[at.lng, at.lat]])});
      return true;
    },
    pointer: function (at) {
      set.at = [at.lng, at.lat];
      kepu.byId('pointer').textContent = geodesy.format(at.lng, at.lat, set.format);
    }
  };
})(window.kepu);
