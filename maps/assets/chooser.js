/* Which task or requirement the whole page is about. */
(function (kepu) {
  'use strict';
  const data = kepu.data, el = kepu.el;

  /* "任务 17 …"; the main requirements taken together are no task of the plan. */
  kepu.taskLine = function (view) {
    const task = (view || kepu.state.view()).task;
    return task.no === 'main' ? task.title : kepu.text('task_line', {no: task.no, title: task.title});
  };

  kepu.controls.push(function () {
    const select = kepu.byId('rule');
    data.views.forEach(function (view) {
      if (view.id === 'main.all.village') select.appendChild(el('option', {value: view.id}, kepu.text('main_option', {n: view.rules.length})));
    });
    data.tasks.forEach(function (task) {
      const group = el('optgroup', {label: task.no + ' ' + task.title});
      data.views.forEach(function (view) {
        if (view.task === task) group.appendChild(el('option', {value: view.id}, view.title));
      });
      select.appendChild(group);
    });
    select.addEventListener('change', function () { kepu.state.set({rule: select.value}); });
    const follow = function () {
      const view = kepu.state.view();
      select.value = view.id;
      kepu.byId('rule-title').textContent = data.views.size > 1 ? kepu.taskLine(view) : '';
    };
    kepu.state.listen(function (changed) { if (changed.rule) follow(); });
    follow();
  });
})(window.kepu);
