// richards.js - the algorithm of bench/programs/richards.vma in JavaScript.
//
// SPDX-License-Identifier: MIT
'use strict';
const guest = require('./guest.js');

class Packet {
  constructor(link, id, work, datum, data) {
    this.link = link;
    this.id = id;
    this.work = work;
    this.datum = datum;
    this.data = data;
  }
}

class Task {
  constructor(link, id, priority, queue, held, suspended, runnable, run) {
    this.link = link;
    this.id = id;
    this.priority = priority;
    this.queue = queue;
    this.held = held;
    this.suspended = suspended;
    this.runnable = runnable;
    this.run = run;
  }
}

class Idle extends Task {
  constructor(link, id, priority, queue, held, suspended, runnable, run, bits, count) {
    super(link, id, priority, queue, held, suspended, runnable, run);
    this.bits = bits;
    this.count = count;
  }
}

class Worker extends Task {
  constructor(link, id, priority, queue, held, suspended, runnable, run, target, letter) {
    super(link, id, priority, queue, held, suspended, runnable, run);
    this.target = target;
    this.letter = letter;
  }
}

class Handler extends Task {
  constructor(link, id, priority, queue, held, suspended, runnable, run, works, devices) {
    super(link, id, priority, queue, held, suspended, runnable, run);
    this.works = works;
    this.devices = devices;
  }
}

class Device extends Task {
  constructor(link, id, priority, queue, held, suspended, runnable, run, pending) {
    super(link, id, priority, queue, held, suspended, runnable, run);
    this.pending = pending;
  }
}

let current = null;
let tasks = null;
let queued = 0;
let holds = 0;

function append(packet, queue) {
  packet.link = null;
  if (queue === null) return packet;
  let last = queue;
  while (last.link !== null) last = last.link;
  last.link = packet;
  return queue;
}

function hold() {
  holds++;
  current.held = 1;
  return current.link;
}

function wait_current() {
  current.suspended = 1;
  return current;
}

function release(id) {
  let task = tasks[id];
  task.held = 0;
  if (task.priority > current.priority) return task;
  return current;
}

function send(packet) {
  let task = tasks[packet.id];
  queued++;
  packet.link = null;
  packet.id = current.id;
  if (task.queue === null) {
    task.queue = packet;
    task.runnable = 1;
    if (task.priority > current.priority) return task;
  } else {
    task.queue = append(packet, task.queue);
  }
  return current;
}

function idle_run(task, packet) {
  let idle = task;
  idle.count--;
  if (idle.count === 0) return hold();
  if (idle.bits % 2 === 0) {
    idle.bits = (idle.bits / 2 | 0);
    return release(4);
  }
  idle.bits = (idle.bits / 2 | 0) ^ 0xD008;
  return release(5);
}

function worker_run(task, packet) {
  let worker = task;
  if (packet === null) return wait_current();
  worker.target = 5 - worker.target;
  packet.id = worker.target;
  packet.datum = 0;
  for (let i = 0; i < 4; i++) {
    worker.letter++;
    if (worker.letter > 26) worker.letter = 1;
    packet.data[i] = worker.letter;
  }
  return send(packet);
}

function handler_run(task, packet) {
  let handler = task;
  if (packet !== null) {
    if (packet.work === 1) handler.works = append(packet, handler.works);
    else handler.devices = append(packet, handler.devices);
  }
  let work = handler.works;
  if (work !== null) {
    let at = work.datum;
    if (at >= 4) {
      handler.works = work.link;
      return send(work);
    }
    let device = handler.devices;
    if (device !== null) {
      handler.devices = device.link;
      device.datum = work.data[at];
      work.datum = at + 1;
      return send(device);
    }
  }
  return wait_current();
}

function device_run(task, packet) {
  let device = task;
  if (packet !== null) {
    device.pending = packet;
    return hold();
  }
  let pending = device.pending;
  if (pending === null) return wait_current();
  device.pending = null;
  return send(pending);
}

function run_task(task) {
  let packet = null;
  if (task.suspended === 1 && task.runnable === 1) {
    packet = task.queue;
    task.queue = packet.link;
    task.suspended = 0;
    task.runnable = 0;
    if (task.queue !== null) task.runnable = 1;
  }
  return task.run(task, packet);
}

function schedule(first) {
  current = first;
  while (current !== null) {
    if (current.held === 1 || current.suspended === 1 && current.runnable === 0) current = current.link;
    else current = run_task(current);
  }
}

function packets(count, id, work) {
  let queue = null;
  for (let i = 0; i < count; i++) queue = new Packet(queue, id, work, 0, new Int32Array(4));
  return queue;
}

function simulate(count) {
  tasks = new Array(6).fill(null);
  tasks[0] = new Idle(null, 0, 0, null, 0, 0, 0, idle_run, 1, count);
  tasks[1] = new Worker(tasks[0], 1, 1000, packets(2, 1, 1), 0, 1, 1, worker_run, 2, 0);
  tasks[2] = new Handler(tasks[1], 2, 2000, packets(3, 4, 0), 0, 1, 1, handler_run, null, null);
  tasks[3] = new Handler(tasks[2], 3, 3000, packets(3, 5, 0), 0, 1, 1, handler_run, null, null);
  tasks[4] = new Device(tasks[3], 4, 4000, null, 0, 1, 0, device_run, null);
  tasks[5] = new Device(tasks[4], 5, 5000, null, 0, 1, 0, device_run, null);
  schedule(tasks[5]);
}

function main() {
  let rounds = guest.arg_i32(0, 10);
  for (let i = 0; i < rounds; i++) simulate(10000);
  guest.print("queued ");
  guest.print_i32(queued);
  guest.print(", held ");
  guest.print_i32(holds);
  guest.print("\n");
  return 0;
}

main();
guest.flush();
