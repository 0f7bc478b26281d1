/* Paints one picture of the map on a canvas: ground, areas, lines, points, names. `pen` says where and how:
   {ctx, scale, x, y, width, height, ratio, zoom, skip}. */
(function (kepu) {
  'use strict';
  const data = kepu.data, world = kepu.world, symbols = kepu.symbols, palette = data.palette;
  const STATE = data.STATE, KIND = data.KIND;
  const FONT = '"Noto Sans CJK SC","Source Han Sans SC","Microsoft YaHei","PingFang SC",sans-serif';
  /* Facilities without coordinates stand beside their unit's point, each layer on its own side. */
  const BESIDE = [[-11, -9], [11, -9], [-11, 9], [11, 9], [0, -14], [0, 14], [-15, 0], [15, 0]];
  const SIDES = new Map(data.layers.map(function (layer, n) { return [layer.name, BESIDE[n % BESIDE.length]]; }));
  /* Shades of a layer's symbol in the order of painting: gaps last. */
  const ORDER = {boards: [0, 1, 4, 2, 3]}, YES_UNKNOWN_NO = [0, 2, 1];

  function trace(pen, shape) {
    const ctx = pen.ctx, k = pen.scale;
    ctx.beginPath();
    shape.rings.forEach(function (ring) {
      for (let i = 0; i < ring.length; i += 2) {
        ctx[i ? 'lineTo' : 'moveTo'](ring[i] * k - pen.x, ring[i + 1] * k - pen.y);
      }
      ctx.closePath();
    });
  }

  function place(pen, at) { return [at[0] * pen.scale - pen.x, at[1] * pen.scale - pen.y]; }

  function inside(pen, p, margin) {
    if (p[0] < -margin || p[1] < -margin || p[0] > pen.width + margin || p[1] > pen.height + margin) return false;
    const s = world.townAreas || world.side ? pen.skip : null;  // points alone would leave a hole there
    return !(s && p[0] > s[0] && p[0] < s[2] && p[1] > s[1] && p[1] < s[3]);
  }

  function visible(pen, box) {
    const k = pen.scale;
    return box[2] * k - pen.x > 0 && box[3] * k - pen.y > 0 && box[0] * k - pen.x < pen.width && box[1] * k - pen.y < pen.height;
  }

  function fillArea(pen, shape, fill, line, hatch) {
    trace(pen, shape);
    pen.ctx.fillStyle = symbols.area(pen.ctx, fill, line, hatch, pen.ratio);
    pen.ctx.fill('evenodd');
  }

  function strokeArea(pen, shape, color, width, dash) {
    trace(pen, shape);
    pen.ctx.setLineDash(dash || []);
    pen.ctx.strokeStyle = color; pen.ctx.lineWidth = width; pen.ctx.lineJoin = 'round';
    pen.ctx.stroke();
    pen.ctx.setLineDash([]);
  }

  function stateStyle(state) { return palette.states[state === undefined ? STATE.notApplicable : state]; }

  /* Units outside the plan step back when only its own are asked for. */
  function hiddenUnit(unit) {
    return kepu.state.now.scope === 'plan' && (unit.town < 0 ? !unit.inPlan : !data.units[unit.town].inPlan);
  }

  function paintTownship(pen, view, unit, shape) {
    if (hiddenUnit(unit)) { fillArea(pen, shape, palette.ground); return; }
    if (view.kind === KIND.city) { fillArea(pen, shape, unit.inPlan ? palette.land : palette.states[4].area, palette.states[4].line, unit.inPlan ? 'none' : palette.states[4].hatch); return; }
    if (view.kind === KIND.township) {
      const style = stateStyle(view.states.get(unit.index));
      fillArea(pen, shape, style.area, style.line, style.hatch);
      return;
    }
    const look = data.townshipClass(data.byTownship(view).get(unit.index));
    if (look.kind === 'none') fillArea(pen, shape, palette.states[4].area, palette.states[4].line, palette.states[4].hatch);
    else if (look.kind === 'unknown') fillArea(pen, shape, palette.states[0].fill, palette.states[0].line, 'diagonal');
    else {
      fillArea(pen, shape, palette.shares[look.kind].fill);
      if (look.open) fillArea(pen, shape, 'none', 'rgba(31,42,55,.55)', 'diagonal');
    }
  }

  function areas(pen, view, byVillage) {
    world.townships.forEach(function (unit) {
      const shape = world.shapes[unit.index];
      if (shape && visible(pen, shape.box)) paintTownship(pen, view, unit, shape);
    });
    if (!byVillage) return;
    world.villages.forEach(function (unit) {
      const shape = world.shapes[unit.index];
      if (!shape || hiddenUnit(unit) || !visible(pen, shape.box)) return;
      const style = stateStyle(view.states.get(unit.index));
      fillArea(pen, shape, style.area, style.line, style.hatch);
      strokeArea(pen, shape, '#fff', 1);
    });
  }

  function borders(pen) {
    world.townships.forEach(function (unit) {
      const shape = world.shapes[unit.index];
      if (!shape || !visible(pen, shape.box)) return;
      strokeArea(pen, shape, 'rgba(255,255,255,.9)', 2.6);
      strokeArea(pen, shape, '#66717d', 1, unit.schematic ? [5, 3] : null);
    });
    if (world.boundary) strokeArea(pen, world.boundary, '#3a4654', 2);
  }

  /* A shade outside the boundary lifts the place off its ground. */
  function shade(pen) {
    [21, 16, 11, 6].forEach(function (width) { strokeArea(pen, world.boundary, 'rgba(70,84,100,.09)', width); });
    fillArea(pen, world.boundary, palette.land);
  }

  /* As neighbours allow; hundreds that overlap anyway are small, lest gaps, drawn last, look like more. */
  const LEAST = world.villages.length > 600 ? 2 : 3.2;
  function radius(pen) { return Math.max(LEAST, Math.min(8, world.spacing * pen.scale * 0.36)); }

  /* Gaps come last and larger, so that no neighbour hides one. */
  function unitPoints(pen, view) {
    const order = [STATE.notApplicable, STATE.met, STATE.shared, STATE.unknown, STATE.notMet];
    const found = order.map(function () { return []; }), painted = byVillage(pen, view, kepu.state.now);
    const crowded = painted && world.side * pen.scale < 14;  // symbols would cover the areas that say the same
    data.units.forEach(function (unit) {
      if (unit.kind !== view.kind || unit.kind === KIND.city) return;
      if (unit.kind === KIND.township && world.shapes[unit.index]) return;
      const at = world.points[unit.index];
      if (!at || hiddenUnit(unit) || (crowded && world.shapes[unit.index])) return;
      const state = view.states.has(unit.index) ? view.states.get(unit.index) : STATE.notApplicable;
      const p = place(pen, at);
      if (inside(pen, p, 12)) found[order.indexOf(state)].push(p);
    });
    const r = radius(pen) * (painted ? 0.8 : 1);
    found.forEach(function (list, i) {
      const style = palette.states[order[i]];
      const size = order[i] === STATE.notMet ? r * (r < 5 && r > 2 ? 1.35 : 1.15) : r;
      symbols.stamp(pen.ctx, style.glyph, list, size, style, pen.ratio);
    });
  }

  function facilityPlace(pen, item) {
    if (!item.at) return null;
    const p = place(pen, item.at);
    if (item.placed === 'own') return p;
    const by = SIDES.get(item.layer), grow = radius(pen) / 8;
    return [p[0] + by[0] * grow, p[1] + by[1] * grow];
  }

  /* Schools and bases that are already drawn as the units of the rule are not drawn twice. */
  function shown(layer, now, view) {
    const twice = {schools: KIND.school, bases: KIND.base}[layer.name] === view.kind;
    return now.layers.indexOf(layer.name) >= 0 && !twice;
  }

  function facilities(pen, now, view) {
    data.layers.forEach(function (layer) {
      if (!shown(layer, now, view)) return;
      const items = layer.items.filter(function (item) { return kepu.dates.exists(item, pen.date); });
      if (layer.name !== 'activities') serviceLines(pen, items);
      const looks = new Map();  // shade and variant → points
      items.forEach(function (item) {
        const p = facilityPlace(pen, item);
        if (!p || !inside(pen, p, 12)) return;
        const shade = kepu.dates.shade(item, pen.date), key = shade + ' ' + item.variant;
        if (!looks.has(key)) looks.set(key, {shade: shade, variant: item.variant, points: []});
        looks.get(key).points.push(p);
      });
      const order = ORDER[layer.name] || YES_UNKNOWN_NO, size = Math.max(4, radius(pen) * 0.85);
      Array.from(looks.values()).sort(function (a, b) {
        return order.indexOf(a.shade) - order.indexOf(b.shade) || a.variant - b.variant;
      }).forEach(function (one) {
        const look = symbols.facility(layer.name, one.shade, one.variant);
        symbols.stamp(pen.ctx, look.shape, one.points, size, look, pen.ratio);
      });
    });
  }

  /* From each facility to the units that it serves, all in one path. */
  function serviceLines(pen, items) {
    const ctx = pen.ctx;
    ctx.beginPath();
    items.forEach(function (item) {
      if (item.links.length < 2 || !item.at) return;
      const from = place(pen, item.at);
      item.links.forEach(function (unit) {
        const at = unit >= 0 && world.points[unit];
        if (!at) return;
        const to = place(pen, at);
        if (Math.max(from[0], to[0]) < 0 || Math.max(from[1], to[1]) < 0) return;
        if (Math.min(from[0], to[0]) > pen.width || Math.min(from[1], to[1]) > pen.height) return;
        ctx.moveTo(from[0], from[1]); ctx.lineTo(to[0], to[1]);
      });
    });
    ctx.strokeStyle = 'rgba(47,75,110,.65)'; ctx.lineWidth = 1.4;
    ctx.stroke();
  }

  function highlight(pen, index) {
    if (index === null || data.units[index].kind === KIND.city) return;
    const shape = world.shapes[index], at = world.points[index], ctx = pen.ctx;
    if (shape) { strokeArea(pen, shape, '#fff', 6); strokeArea(pen, shape, palette.accent, 3.2); }
    if (!at || data.units[index].kind === KIND.township) return;
    const p = place(pen, at);
    ctx.beginPath(); ctx.arc(p[0], p[1], radius(pen) + 6, 0, Math.PI * 2);
    ctx.strokeStyle = '#fff'; ctx.lineWidth = 6; ctx.stroke();
    ctx.strokeStyle = palette.accent; ctx.lineWidth = 3; ctx.stroke();
  }

  function write(pen, text, x, y, font, color) {
    const ctx = pen.ctx;
    ctx.font = font; ctx.textAlign = 'center'; ctx.textBaseline = 'middle'; ctx.lineJoin = 'round';
    ctx.strokeStyle = 'rgba(255,255,255,.92)'; ctx.lineWidth = 3.6; ctx.strokeText(text, x, y);
    ctx.fillStyle = color; ctx.fillText(text, x, y);
  }

  function free(pen, taken, box) {
    if (pen.tight && (box[0] < 0 || box[1] < 0 || box[2] > pen.width || box[3] > pen.height)) return false;
    return !taken.some(function (t) { return box[0] < t[2] && box[2] > t[0] && box[1] < t[3] && box[3] > t[1]; });
  }

  /* Names of townships with "met/in scope", largest gap first; what would overlap stays unwritten. */
  function townshipNames(pen, view, taken) {
    const counts = data.byTownship(view);
    const gap = function (unit) { const c = counts.get(unit.index); return c ? c.inScope - c.met : -1; };
    world.townships.slice().sort(function (a, b) { return gap(b) - gap(a) || a.index - b.index; }).forEach(function (unit) {
      const at = world.labels[unit.index] || world.points[unit.index];
      if (!at || hiddenUnit(unit)) return;
      const p = place(pen, at), c = counts.get(unit.index);
      if (!inside(pen, p, 0)) return;
      const size = (unit.inPlan ? 13 : 11) * (pen.large ? 1.4 : 1), weight = unit.inPlan ? '600 ' : '400 ';
      const second = c && c.inScope && view.kind !== KIND.township && view.kind !== KIND.city ? c.met + '/' + c.inScope : '';
      pen.ctx.font = weight + size + 'px ' + FONT;
      const w = pen.ctx.measureText(unit.short).width / 2 + 3, h = second ? size + 3 : size * 0.65;
      const box = [p[0] - w, p[1] - h, p[0] + w, p[1] + h];
      if (!free(pen, taken, box)) return;
      taken.push(box);
      write(pen, unit.short, p[0], p[1] - (second ? size * 0.55 : 0), weight + size + 'px ' + FONT, unit.inPlan ? palette.ink : palette.muted);
      if (second) write(pen, second, p[0], p[1] + size * 0.62, '700 ' + size + 'px ' + FONT, c.notMet ? '#8f2410' : '#2a4a48');
    });
  }

  /* The chosen unit is always named, above its ring. */
  function chosenName(pen, index, taken) {
    const unit = index === null ? null : data.units[index], at = unit && world.points[index];
    if (!at || unit.kind === KIND.city || unit.kind === KIND.township) return;
    const size = pen.large ? 19 : 14, font = '700 ' + size + 'px ' + FONT, r = radius(pen);
    const p = place(pen, at), y = p[1] - r - size * 1.1;
    if (!inside(pen, p, 0)) return;
    pen.ctx.font = font;
    const w = pen.ctx.measureText(unit.short).width / 2 + 3;
    taken.push([p[0] - w, y - size * 0.7, p[0] + w, p[1] + r + 8]);
    write(pen, unit.short, p[0], y, font, palette.accent);
  }

  function villageNames(pen, view, taken) {
    if (world.spacing * pen.scale < 44) return;
    const size = pen.large ? 16 : 12, r = radius(pen);
    const rank = function (unit) { const s = view.states.get(unit.index); return s === STATE.notMet ? 0 : s === STATE.unknown ? 1 : 2; };
    const seen = world.villages.filter(function (unit) {
      const at = world.points[unit.index];
      return at && !hiddenUnit(unit) && inside(pen, place(pen, at), 0);
    });
    seen.sort(function (a, b) { return rank(a) - rank(b) || a.index - b.index; }).forEach(function (unit) {
      const p = place(pen, world.points[unit.index]);
      pen.ctx.font = '500 ' + size + 'px ' + FONT;
      const w = pen.ctx.measureText(unit.short).width / 2 + 2, y = p[1] + r + size * 0.8;
      const box = [p[0] - w, y - size * 0.6, p[0] + w, y + size * 0.6];
      if (!free(pen, taken, box)) return;
      taken.push(box);
      write(pen, unit.short, p[0], y, '500 ' + size + 'px ' + FONT, palette.ink);
    });
  }

  /* Whether villages are painted as areas: as chosen, or where nothing else has areas, else once the middle
     one is large enough to see. */
  function byVillage(pen, view, now) {
    if (view.kind !== KIND.village || !world.side) return false;
    return now.base === 'villages' || !world.townAreas || (now.base === 'auto' && world.side * pen.scale >= 26);
  }

  kepu.draw = {
    FONT: FONT, place: place, inside: inside, write: write, radius: radius, facilityPlace: facilityPlace, byVillage: byVillage,
    all: function (pen, now, view) {
      const ctx = pen.ctx;
      ctx.save();
      ctx.setTransform(pen.ratio, 0, 0, pen.ratio, 0, 0);
      if (pen.clip) { ctx.beginPath(); ctx.rect(pen.clip[0], 0, pen.clip[1] - pen.clip[0], pen.height); ctx.clip(); }
      ctx.clearRect(0, 0, pen.width, pen.height);
      if (world.boundary) shade(pen);
      areas(pen, view, byVillage(pen, view, now));
      if (data.basemap) kepu.basemap.paint(pen);
      kepu.marks.graticule(pen);
      borders(pen);
      if (now.township !== null && world.shapes[now.township]) strokeArea(pen, world.shapes[now.township], palette.accent, 2.4);
      if (view.kind !== KIND.city) unitPoints(pen, view);
      kepu.marks.circles(pen);
      facilities(pen, now, view);
      kepu.marks.changes(pen, view);
      kepu.marks.line(pen);
      highlight(pen, now.unit);
      if (pen.skip) { ctx.strokeStyle = palette.accent; ctx.lineWidth = 1.6; ctx.strokeRect(pen.skip[0], pen.skip[1], pen.skip[2] - pen.skip[0], pen.skip[3] - pen.skip[1]); }
      const taken = pen.skip ? [pen.skip] : [];
      chosenName(pen, now.unit, taken);
      townshipNames(pen, view, taken);
      if (view.kind === KIND.village) villageNames(pen, view, taken);
      ctx.restore();
    }
  };
})(window.kepu);
