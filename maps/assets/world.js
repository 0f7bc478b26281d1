/* Geometry in world pixels (Web Mercator at zoom 0), worked out once; drawing only scales and shifts it. */
(function (kepu) {
  'use strict';
  const data = kepu.data;
  const CRS = L.CRS.EPSG3857;

  function project(lon, lat) { const p = CRS.latLngToPoint(L.latLng(lat, lon), 0); return [p.x, p.y]; }

  /* Rings arrive as whole numbers × 1e5, the first point absolute and the rest as differences. */
  function decode(rings) {
    if (!rings.length) return null;
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    const lines = rings.map(function (flat) {
      const out = new Float64Array(flat.length);
      let lon = 0, lat = 0;
      for (let i = 0; i < flat.length; i += 2) {
        lon += flat[i]; lat += flat[i + 1];
        const p = project(lon / 1e5, lat / 1e5);
        out[i] = p[0]; out[i + 1] = p[1];
        box[0] = Math.min(box[0], p[0]); box[1] = Math.min(box[1], p[1]);
        box[2] = Math.max(box[2], p[0]); box[3] = Math.max(box[3], p[1]);
      }
      return out;
    });
    return {rings: lines, box: box};
  }

  function contains(shape, x, y) {
    if (x < shape.box[0] || x > shape.box[2] || y < shape.box[1] || y > shape.box[3]) return false;
    let inside = false;
    shape.rings.forEach(function (ring) {
      for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
        if ((ring[i + 1] > y) !== (ring[j + 1] > y) &&
            x < (ring[j] - ring[i]) * (y - ring[i + 1]) / (ring[j + 1] - ring[i + 1]) + ring[i]) inside = !inside;
      }
    });
    return inside;
  }

  const shapes = data.units.map(function (unit) { return decode(unit.shape); });
  const points = data.units.map(function (unit) { return unit.lon === null ? null : project(unit.lon, unit.lat); });
  const labels = data.units.map(function (unit) { return unit.label ? project(unit.label[0], unit.label[1]) : null; });
  const boundary = decode(data.boundary);
  data.layers.forEach(function (layer) {
    layer.items.forEach(function (item) { item.at = item.lon === null ? null : project(item.lon, item.lat); });
  });
  const villages = data.units.filter(function (unit) { return unit.kind === data.KIND.village; });
  const townships = data.units.filter(function (unit) { return unit.kind === data.KIND.township; });

  function extent(boxes) {
    const out = [Infinity, Infinity, -Infinity, -Infinity];
    boxes.forEach(function (b) {
      if (!b) return;
      out[0] = Math.min(out[0], b[0]); out[1] = Math.min(out[1], b[1]);
      out[2] = Math.max(out[2], b[2]); out[3] = Math.max(out[3], b[3]);
    });
    return out[0] === Infinity ? null : out;
  }

  const pointBoxes = points.map(function (p) { return p && [p[0], p[1], p[0], p[1]]; });
  const whole = extent([boundary && boundary.box].concat(shapes.map(function (s) { return s && s.box; }), pointBoxes)) ||
    [0, 0, 256, 256];

  function median(values) { values.sort(function (a, b) { return a - b; }); return values.length ? values[values.length >> 1] : 0; }

  /* Half of the villages have a neighbour nearer than this, in world pixels: it decides when points grow. */
  const spacing = (function () {
    const at = villages.map(function (unit) { return points[unit.index]; }).filter(Boolean);
    const step = Math.max(1, Math.floor(at.length / 300));
    const nearest = [];
    for (let i = 0; i < at.length; i += step) {
      let best = Infinity;
      for (let j = 0; j < at.length; j++) {
        if (i !== j) best = Math.min(best, (at[i][0] - at[j][0]) ** 2 + (at[i][1] - at[j][1]) ** 2);
      }
      if (best < Infinity) nearest.push(Math.sqrt(best));
    }
    return median(nearest) || (whole[2] - whole[0]) / 10;
  })();

  /* Side of the middle village area, in world pixels; 0 when villages have no areas. */
  const side = median(villages.map(function (unit) { return shapes[unit.index]; }).filter(Boolean).map(function (s) {
    return Math.sqrt((s.box[2] - s.box[0]) * (s.box[3] - s.box[1]));
  }));

  /* Where the map opens: the units that the plan is about; the whole place where that says nothing. */
  const scope = (function () {
    const named = data.units.filter(function (unit) {
      return unit.kind <= data.KIND.village && unit.town >= 0 && data.units[unit.town].inPlan;
    });
    return extent(named.map(function (unit) { return shapes[unit.index] ? shapes[unit.index].box : pointBoxes[unit.index]; })) || whole;
  })();

  /* The dense middle that deserves a larger picture of its own: as many villages round the densest spot
     as fit into a fifth of the map. Null where villages are spread evenly. */
  const core = (function () {
    const at = villages.filter(function (unit) { return data.units[unit.town] ? data.units[unit.town].inPlan : true; })
      .map(function (unit) { return points[unit.index]; }).filter(Boolean);
    if (at.length < 20) return null;
    const limit = Math.max(scope[2] - scope[0], scope[3] - scope[1]) / 5;
    const away = function (p, q) { return Math.max(Math.abs(p[0] - q[0]), Math.abs(p[1] - q[1])); };
    const step = Math.max(1, Math.floor(at.length / 200)), fifth = Math.floor(at.length / 5);
    let best = Infinity, middle = null;
    for (let i = 0; i < at.length; i += step) {
      const reach = Float64Array.from(at, function (q) { return away(at[i], q); }).sort()[fifth];
      if (reach < best) { best = reach; middle = at[i]; }
    }
    for (let share = 60; share >= 25; share -= 5) {
      const near = at.slice().sort(function (a, b) { return away(a, middle) - away(b, middle); }).slice(0, Math.ceil(at.length * share / 100));
      const box = extent(near.map(function (p) { return [p[0], p[1], p[0], p[1]]; }));
      const size = Math.max(box[2] - box[0], box[3] - box[1]);
      if (size > limit) continue;
      const x = (box[0] + box[2]) / 2, y = (box[1] + box[3]) / 2, half = size * 0.58;
      return [x - half, y - half, x + half, y + half];
    }
    return null;
  })();

  function bounds(box) {
    const a = CRS.pointToLatLng(L.point(box[0], box[3]), 0), b = CRS.pointToLatLng(L.point(box[2], box[1]), 0);
    return L.latLngBounds(a, b);
  }

  kepu.world = {
    shapes: shapes, points: points, labels: labels, boundary: boundary, whole: whole, scope: scope, core: core, spacing: spacing,
    side: side, townAreas: townships.some(function (unit) { return shapes[unit.index]; }), villages: villages, townships: townships, contains: contains, bounds: bounds, extent: extent,
    boxOf: function (index) { return (shapes[index] && shapes[index].box) || pointBoxes[index]; }
  };
})(window.kepu);
