/* The large map and, where the place has a dense middle, a second picture of it beside the whole. */
(function (kepu) {
  'use strict';
  const data = kepu.data, world = kepu.world, el = kepu.el;
  let main, scene, inset = null, insetScene = null;
  const tip = el('div', {class: 'tip', role: 'presentation'});

  function create(id, options) {
    return L.map(id, Object.assign({attributionControl: false, zoomControl: false, zoomSnap: 0.25, wheelPxPerZoomLevel: 90,
      inertia: true, fadeAnimation: false, maxZoom: 17, minZoom: 3}, options));
  }

  function wide() { return kepu.byId('map').clientWidth > 760; }

  /* Room that the legend takes from the map, so that the place is centred in what is left; points without
     areas round them need room for themselves and their names. */
  function padding(right) {
    const bare = !world.side && !world.boundary ? 44 : 12;
    if (!wide()) return {paddingTopLeft: [bare - 4, bare - 4], paddingBottomRight: [bare - 4, bare - 4]};
    return {paddingTopLeft: [kepu.byId('legend').offsetWidth + 8 + bare, bare], paddingBottomRight: [(right || 8) + bare, bare]};
  }

  /* How many units in scope the second picture would hide in a corner of the large one. */
  function hidden(corner) {
    const box = kepu.byId('inset'), stage = kepu.byId('stage');
    box.dataset.corner = corner;
    const a = box.getBoundingClientRect(), s = stage.getBoundingClientRect();
    return world.villages.concat(world.townships).filter(function (unit) {
      const at = world.labels[unit.index] || world.points[unit.index];
      if (!at || kepu.outside(unit) && !kepu.dates.wide()) return false;
      const p = main.latLngToContainerPoint(world.bounds([at[0], at[1], at[0], at[1]]).getCenter());
      const x = p.x + s.left, y = p.y + s.top;
      return x > a.left - 6 && x < a.right + 6 && y > a.top - 6 && y < a.bottom + 6;
    }).length;
  }

  /* Opens on the units that are counted. */
  function home() { around(kepu.dates.wide() ? world.whole : world.scope); }

  /* The second picture goes where it hides least, else the map makes room. */
  function around(extent) {
    const fit = function (right) { main.fitBounds(world.bounds(extent), Object.assign({animate: false}, padding(right))); };
    fit();
    const box = kepu.byId('inset');
    if (!world.core || !roomy()) return;
    box.hidden = false;
    const full = box.offsetWidth + 110;
    for (let share = 0; share <= 4; share++) {
      if (share) fit(full * share / 4);
      if (!hidden('bottom') || !hidden('top')) return;
    }
  }

  /* Half of what the legend (x) or a phone's sheet (y) covers: the middle of the rest is that far away. */
  function covered(axis) {
    if (axis === 'x') return wide() ? -kepu.byId('legend').offsetWidth / 2 : 0;
    const stage = kepu.byId('stage').getBoundingClientRect(), panel = kepu.byId('panel').getBoundingClientRect();
    return wide() ? 0 : Math.max(0, stage.bottom - panel.top) / 2;
  }

  /* Two days side by side need the room of a second picture where there is little of it. */
  function roomy() { return wide() && (kepu.state.now.compare === null || kepu.byId('map').clientWidth > 900); }

  function showBox(box) { main.fitBounds(world.bounds(box), Object.assign({maxZoom: 15}, padding())); }

  function insetBox() { return inset && !kepu.byId('inset').hidden ? world.core : null; }

  /* The second picture is shown while the large one is too small to tell its villages apart. */
  function updateInset() {
    const box = kepu.byId('inset');
    const fits = roomy();
    const small = main.getBoundsZoom(world.bounds(world.core || world.whole)) > main.getZoom() + 1;
    const on = Boolean(world.core) && fits && small;
    if (box.hidden === !on) return;
    box.hidden = !on;
    if (on) { inset.invalidateSize({animate: false}); inset.fitBounds(world.bounds(world.core), {animate: false}); }
    scene.paint();
  }

  function makeInset() {
    if (!world.core) return;
    kepu.byId('inset').hidden = false;
    inset = create('inset-map', {dragging: false, scrollWheelZoom: false, doubleClickZoom: false, boxZoom: false,
      keyboard: false, touchZoom: false, tap: false});
    inset.fitBounds(world.bounds(world.core), {animate: false});
    insetScene = new kepu.Scene({padding: 0.02, tight: true});
    inset.addLayer(insetScene);
    watch(inset, insetScene);
    kepu.byId('inset-open').addEventListener('click', function () { showBox(world.core); });
  }

  function earlier() { return kepu.state.now.compare === null ? null : kepu.dates.view(kepu.state.now.rule, kepu.state.now.compare); }

  function describe(hit) {
    const view = kepu.state.view();
    if (hit.facility) return [kepu.name(hit.facility.name), data.layers.find(function (l) { return l.name === hit.facility.layer; }).label];
    const unit = hit.unit, state = view.states.get(unit.index), before = earlier();
    if (unit.kind === view.kind && before) {
      return [kepu.name(unit.name), kepu.stateName(before.states.get(unit.index)) + ' → ' + kepu.stateName(state)];
    }
    if (unit.kind === view.kind) return [kepu.name(unit.name), kepu.stateName(state)];
    const counts = data.byTownship(view).get(unit.index);
    return [kepu.name(unit.name), counts && counts.inScope ? kepu.text('met_of', {met: counts.met, n: counts.inScope}) : kepu.text('out_of_scope')];
  }

  function watch(map, canvas) {
    let waiting = false;
    map.on('click', function (event) {
      if (!kepu.marks.click(event.latlng)) kepu.select(canvas.at(event.layerPoint));
    });
    map.on('move', function () { if (kepu.state.now.compare !== null && map === main) canvas.paint(); });
    map.on('mousemove', function (event) {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(function () { waiting = false; hover(map, canvas, event); });
    });
    map.on('mouseout movestart', function () { tip.hidden = true; });
  }

  function hover(map, canvas, event) {
    const hit = canvas.at(event.layerPoint);
    map.getContainer().classList.toggle('over', Boolean(hit));
    tip.hidden = !hit;
    if (hit) {
      const lines = describe(hit);
      kepu.fill(tip, el('strong', {}, lines[0]), el('span', {}, lines[1]));
      const frame = kepu.byId('stage').getBoundingClientRect();
      const x = event.originalEvent.clientX - frame.left, y = event.originalEvent.clientY - frame.top;
      tip.style.left = Math.min(x + 14, frame.width - tip.offsetWidth - 6) + 'px';
      tip.style.top = Math.max(4, Math.min(y + 14, frame.height - tip.offsetHeight - 6)) + 'px';
    }
    if (map === main) kepu.marks.pointer(event.latlng);
  }

  /* Choosing something on the map or in a list; `fly` moves the map to it. */
  kepu.select = function (hit, fly) {
    if (!hit) { kepu.state.set({unit: null, facility: null}); return; }
    if (hit.facility) kepu.state.set({unit: hit.facility.unit >= 0 ? hit.facility.unit : null, facility: hit.facility.layer + ':' + hit.facility.index});
    else kepu.state.set({unit: hit.unit.index, facility: null});
    if (fly && hit.unit) kepu.map.flyTo(hit.unit.index);
  };

  /* Rules that don't tell dedicated from shared say only "met". */
  kepu.stateName = function (state, rule) {
    if (state === data.STATE.met && !(rule || kepu.state.view()).sharing) return kepu.text('met_plain');
    return data.palette.states[state === undefined ? data.STATE.notApplicable : state].label;
  };

  kepu.map = {
    start: function () {
      main = create('map', {keyboard: true});
      kepu.byId('stage').appendChild(tip);
      tip.hidden = true;
      main.fitBounds(world.bounds(world.scope), {animate: false});
      scene = new kepu.Scene({inset: insetBox});
      makeInset();
      home();
      main.addLayer(scene);
      L.control.zoom({position: 'topright', zoomInTitle: kepu.text('zoom_in'), zoomOutTitle: kepu.text('zoom_out')}).addTo(main);
      L.control.scale({position: 'bottomleft', imperial: false, maxWidth: 140}).addTo(main);
      kepu.byId('home').hidden = world.scope.join() === world.whole.join();
      kepu.byId('home').addEventListener('click', home);
      kepu.byId('whole').addEventListener('click', function () { around(world.whole); });
      watch(main, scene);
      main.on('moveend', updateInset);
      updateInset();
      kepu.state.listen(function (changed) {
        if (changed.compare) updateInset();
        scene.paint();
        if (insetScene) insetScene.paint();
        if (changed.township) kepu.map.showTownship(kepu.state.now.township);
      });
      window.addEventListener('resize', function () { tip.hidden = true; updateInset(); });
    },
    home: home,
    leaflet: function () { return main; },
    scene: function () { return scene; },
    insetScene: function () { return insetScene; },
    showsVillages: function () {
      return kepu.draw.byVillage({scale: Math.pow(2, main.getZoom())}, kepu.state.view(), kepu.state.now);
    },
    showTownship: function (index) {
      const box = index === null ? world.scope : world.boxOf(index);
      if (box) showBox(box);
    },
    flyTo: function (index) {
      const at = world.points[index] || (world.shapes[index] && [(world.shapes[index].box[0] + world.shapes[index].box[2]) / 2,
        (world.shapes[index].box[1] + world.shapes[index].box[3]) / 2]);
      if (data.units[index].kind === data.KIND.township && world.shapes[index]) { showBox(world.shapes[index].box); return; }
      if (!at) return;
      const zoom = Math.max(main.getZoom(), Math.min(16, Math.log2(40 / world.spacing)));
      const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
      const target = main.project(world.bounds([at[0], at[1], at[0], at[1]]).getCenter(), zoom).add([covered('x'), covered('y')]);
      main.setView(main.unproject(target, zoom), zoom, {animate: !calm});
    },
    repaint: function () { scene.paint(); if (insetScene) insetScene.paint(); },
    /* Redraws for paper or a picture at a finer grain; null returns to the screen's own. */
    grain: function (ratio) {
      [scene, insetScene].forEach(function (one) { if (one) { one.options.ratio = ratio; one.options.padding = ratio ? 0 : one.options.tight ? 0.02 : 0.3; one._update(); } });
    },
    resize: function () { main.invalidateSize({animate: false}); if (inset) inset.invalidateSize({animate: false}); }
  };
})(window.kepu);
