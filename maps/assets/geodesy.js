/* Distances, circles and plane coordinates on the ellipsoid (CGCS2000 where the place says nothing else).
   Vincenty 1975 for lines; Krüger's series to the sixth order (Karney 2011) for the grid. Degrees and metres. */
(function (kepu) {
  'use strict';
  const grid = kepu.data.place.grid;
  const A = grid ? grid.a : 6378137, F = 1 / (grid ? grid.rf : 298.257222101), B = A * (1 - F);
  const RAD = Math.PI / 180;

  function series(cosSqAlpha) {
    const u = cosSqAlpha * (A * A - B * B) / (B * B);
    return [1 + u / 16384 * (4096 + u * (-768 + u * (320 - 175 * u))), u / 1024 * (256 + u * (-128 + u * (74 - 47 * u)))];
  }

  function excess(b, sinS, cosS, cos2M) {
    return b * sinS * (cos2M + b / 4 * (cosS * (-1 + 2 * cos2M * cos2M) -
      b / 6 * cos2M * (-3 + 4 * sinS * sinS) * (-3 + 4 * cos2M * cos2M)));
  }

  /* Length of the geodesic; NaN for the few almost antipodal pairs where the series fails. */
  function distance(lon1, lat1, lon2, lat2) {
    if (lon1 === lon2 && lat1 === lat2) return 0;
    const u1 = Math.atan((1 - F) * Math.tan(lat1 * RAD)), u2 = Math.atan((1 - F) * Math.tan(lat2 * RAD)), l = (lon2 - lon1) * RAD;
    const s1 = Math.sin(u1), c1 = Math.cos(u1), s2 = Math.sin(u2), c2 = Math.cos(u2);
    let lambda = l;
    for (let i = 0; i < 200; i++) {
      const sinL = Math.sin(lambda), cosL = Math.cos(lambda);
      const sinS = Math.hypot(c2 * sinL, c1 * s2 - s1 * c2 * cosL), cosS = s1 * s2 + c1 * c2 * cosL, sigma = Math.atan2(sinS, cosS);
      if (!sinS) return 0;
      const sinA = c1 * c2 * sinL / sinS, cosSq = 1 - sinA * sinA, cos2M = cosSq ? cosS - 2 * s1 * s2 / cosSq : 0;
      const c = F / 16 * cosSq * (4 + F * (4 - 3 * cosSq)), before = lambda;
      lambda = l + (1 - c) * F * sinA * (sigma + c * sinS * (cos2M + c * cosS * (-1 + 2 * cos2M * cos2M)));
      if (Math.abs(lambda - before) < 1e-13) {
        const k = series(cosSq);
        return B * k[0] * (sigma - excess(k[1], sinS, cosS, cos2M));
      }
    }
    return NaN;
  }

  /* The point at a distance in a direction (degrees from north): [lon, lat]. */
  function reach(lon, lat, azimuth, metres) {
    const u = Math.atan((1 - F) * Math.tan(lat * RAD)), su = Math.sin(u), cu = Math.cos(u), sa = Math.sin(azimuth * RAD), ca = Math.cos(azimuth * RAD);
    const sigma1 = Math.atan2(Math.tan(u), ca), sinA = cu * sa, cosSq = 1 - sinA * sinA, k = series(cosSq);
    let sigma = metres / (B * k[0]), before = Infinity, cos2M = 0;
    while (Math.abs(sigma - before) > 1e-13) {
      cos2M = Math.cos(2 * sigma1 + sigma);
      before = sigma;
      sigma = metres / (B * k[0]) + excess(k[1], Math.sin(sigma), Math.cos(sigma), cos2M);
    }
    const ss = Math.sin(sigma), cs = Math.cos(sigma), t = su * ss - cu * cs * ca;
    const latitude = Math.atan2(su * cs + cu * ss * ca, (1 - F) * Math.hypot(sinA, t));
    const lambda = Math.atan2(ss * sa, cu * cs - su * ss * ca), c = F / 16 * cosSq * (4 + F * (4 - 3 * cosSq));
    const l = lambda - (1 - c) * F * sinA * (sigma + c * ss * (cos2M + c * cs * (-1 + 2 * cos2M * cos2M)));
    return [lon + l / RAD, latitude / RAD];
  }

  function circle(lon, lat, metres, corners) {
    const out = [];
    for (let i = 0; i < corners; i++) out.push(reach(lon, lat, 360 * i / corners, metres));
    return out;
  }

  const n = F / (2 - F), E = Math.sqrt(F * (2 - F));
  const ALPHA = [
    n / 2 - 2 * n ** 2 / 3 + 5 * n ** 3 / 16 + 41 * n ** 4 / 180 - 127 * n ** 5 / 288 + 7891 * n ** 6 / 37800,
    13 * n ** 2 / 48 - 3 * n ** 3 / 5 + 557 * n ** 4 / 1440 + 281 * n ** 5 / 630 - 1983433 * n ** 6 / 1935360,
    61 * n ** 3 / 240 - 103 * n ** 4 / 140 + 15061 * n ** 5 / 26880 + 167603 * n ** 6 / 181440,
    49561 * n ** 4 / 161280 - 179 * n ** 5 / 168 + 6601661 * n ** 6 / 7257600,
    34729 * n ** 5 / 80640 - 3418889 * n ** 6 / 1995840,
    212378941 * n ** 6 / 319334400
  ];
  const R = A / (1 + n) * (1 + n ** 2 / 4 + n ** 4 / 64 + n ** 6 / 256);

  function kruger(lon, lat) {
    const sin = Math.sin(lat * RAD), l = (lon - grid.lon0) * RAD;
    const t = Math.sinh(Math.atanh(sin) - E * Math.atanh(E * sin));
    const xi = Math.atan2(t, Math.cos(l)), eta = Math.asinh(Math.sin(l) / Math.hypot(t, Math.cos(l)));
    let x = eta, y = xi;
    ALPHA.forEach(function (a, i) {
      const j = 2 * (i + 1);
      x += a * Math.cos(j * xi) * Math.sinh(j * eta);
      y += a * Math.sin(j * xi) * Math.cosh(j * eta);
    });
    return [x * R * grid.k0, y * R * grid.k0];
  }

  /* Easting and northing in the working grid; null where the place has none. */
  function plane(lon, lat) {
    if (!grid) return null;
    const at = kruger(lon, lat), origin = grid.lat0 ? kruger(grid.lon0, grid.lat0)[1] : 0;
    return [grid.fe + at[0], grid.fn + at[1] - origin];
  }

  function sexagesimal(degrees, positive, negative) {
    const whole = Math.round(Math.abs(degrees) * 36000);
    const d = Math.floor(whole / 36000), m = Math.floor(whole / 600) % 60, s = (whole % 600) / 10;
    return kepu.text(degrees < 0 ? negative : positive) + d + '°' + String(m).padStart(2, '0') + '′' + s.toFixed(1).padStart(4, '0') + '″';
  }

  /* A position as the office writes it: 'degrees', 'dms' or 'plane' (northing first, as surveyors' X). */
  function format(lon, lat, kind) {
    if (kind === 'plane' && grid) {
      const at = plane(lon, lat);
      return kepu.text('coords_plane', {x: at[1].toFixed(1), y: at[0].toFixed(1), code: grid.code});
    }
    if (kind === 'dms') return kepu.text('coords_dms', {lon: sexagesimal(lon, 'east', 'west'), lat: sexagesimal(lat, 'north_of', 'south_of')});
    return kepu.text('pointer', {lon: lon.toFixed(6), lat: lat.toFixed(6)});
  }

  function length(metres) {
    return metres < 1000 ? kepu.text('metres', {n: metres.toFixed(metres < 100 ? 1 : 0)}) : kepu.text('kilometres', {n: (metres / 1000).toFixed(metres < 1e5 ? 2 : 1)});
  }

  kepu.geodesy = {distance: distance, reach: reach, circle: circle, plane: plane, format: format, length: length, grid: grid};
})(window.kepu);
