/* Starts the map first, then each control in the order it was given. */
(function (kepu) {
  'use strict';
  kepu.map.start();
  kepu.controls.forEach(function (control) { control(); });
  kepu.map.resize();  // the controls have taken their room only now
  kepu.map.home();
  if (kepu.state.now.compare !== null) kepu.compare();
  if (kepu.state.now.unit !== null) kepu.map.flyTo(kepu.state.now.unit);
  else if (kepu.state.now.township !== null) kepu.map.showTownship(kepu.state.now.township);
  document.documentElement.setAttribute('data-ready', 'true');
})(window.kepu);
