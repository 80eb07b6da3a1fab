'use strict';
// Richards, as the Lox program has it: the idle task takes its bits from another sequence than the original.
let IDLE = 0;
let WORKER = 1;
let HANDLER_A = 2;
let HANDLER_B = 3;
let DEVICE_A = 4;
let DEVICE_B = 5;
let DEVICE = 0;
let WORK = 1;

function floor(x) {
  let r = x + 4503599627370496 - 4503599627370496;
  if (r > x) return r - 1;
  return r;
}

class Packet {
  constructor(link, id, kind) {
    this.link = link;
    this.id = id;
    this.kind = kind;
    this.datum = 0;
    this.a = 0;
    this.b = 0;
    this.c = 0;
    this.d = 0;
  }

  // Puts this packet at the end of a queue; the new queue.
  appendTo(queue) {
    this.link = null;
    if (queue === null) return this;
    let last = queue;
    while (last.link !== null) last = last.link;
    last.link = this;
    return queue;
  }
}

class Task {
  constructor(scheduler, id, priority, queue, running) {
    this.scheduler = scheduler;
    this.link = scheduler.tasks;
    this.id = id;
    this.priority = priority;
    this.queue = queue;
    this.pending = queue !== null;
    this.waiting = !running;
    this.holding = false;
    scheduler.add(this);
  }

  blocked() {
    return this.holding || this.waiting && !this.pending;
  }

  // Adds a packet to the queue; the task to go on with.
  receive(task, packet) {
    if (this.queue === null) {
      this.queue = packet;
      this.pending = true;
      if (this.priority > task.priority) return this;
    } else {
      this.queue = packet.appendTo(this.queue);
    }
    return task;
  }

  // Runs the task with its first packet, if that is what it waited for; the task to go on with.
  go() {
    let packet = null;
    if (this.waiting && this.pending) {
      packet = this.queue;
      this.queue = packet.link;
      this.waiting = false;
      this.pending = this.queue !== null;
    }
    return this.run(packet);
  }
}

class IdleTask extends Task {
  constructor(scheduler, seed, count) {
    super(scheduler, IDLE, 0, null, true);
    this.seed = seed;
    this.count = count;
  }

  run(packet) {
    this.count = this.count - 1;
    if (this.count === 0) return this.scheduler.hold();
    let product = this.seed * 171;
    this.seed = product - floor(product / 30269) * 30269;
    let half = this.seed / 2;
    if (floor(half) === half) return this.scheduler.release(DEVICE_A);
    return this.scheduler.release(DEVICE_B);
  }
}

class WorkerTask extends Task {
  constructor(scheduler, priority, queue) {
    super(scheduler, WORKER, priority, queue, false);
    this.handler = HANDLER_A;
    this.letter = 0;
  }

  nextLetter() {
    this.letter = this.letter + 1;
    if (this.letter > 26) this.letter = 1;
    return this.letter;
  }

  run(packet) {
    if (packet === null) return this.scheduler.wait();
    if (this.handler === HANDLER_A) {
      this.handler = HANDLER_B;
    } else {
      this.handler = HANDLER_A;
    }
    packet.id = this.handler;
    packet.datum = 0;
    packet.a = this.nextLetter();
    packet.b = this.nextLetter();
    packet.c = this.nextLetter();
    packet.d = this.nextLetter();
    return this.scheduler.send(packet);
  }
}

class HandlerTask extends Task {
  constructor(scheduler, id, priority, queue) {
    super(scheduler, id, priority, queue, false);
    this.work = null;
    this.devices = null;
  }

  run(packet) {
    if (packet !== null) {
      if (packet.kind === WORK) {
        this.work = packet.appendTo(this.work);
      } else {
        this.devices = packet.appendTo(this.devices);
      }
    }
    let work = this.work;
    if (work !== null) {
      if (work.datum === 4) {
        this.work = work.link;
        return this.scheduler.send(work);
      }
      let device = this.devices;
      if (device !== null) {
        this.devices = device.link;
        if (work.datum === 0) device.datum = work.a;
        if (work.datum === 1) device.datum = work.b;
        if (work.datum === 2) device.datum = work.c;
        if (work.datum === 3) device.datum = work.d;
        work.datum = work.datum + 1;
        return this.scheduler.send(device);
      }
    }
    return this.scheduler.wait();
  }
}

class DeviceTask extends Task {
  constructor(scheduler, id, priority) {
    super(scheduler, id, priority, null, false);
    this.held = null;
  }

  run(packet) {
    if (packet === null) {
      if (this.held === null) return this.scheduler.wait();
      packet = this.held;
      this.held = null;
      return this.scheduler.send(packet);
    }
    this.held = packet;
    return this.scheduler.hold();
  }
}

class Scheduler {
  constructor() {
    this.sent = 0;
    this.held = 0;
    this.tasks = null;
    this.current = null;
  }

  add(task) {
    this.tasks = task;
  }

  find(id) {
    let task = this.tasks;
    while (task.id !== id) task = task.link;
    return task;
  }

  run() {
    this.current = this.tasks;
    while (this.current !== null) {
      if (this.current.blocked()) {
        this.current = this.current.link;
      } else {
        this.current = this.current.go();
      }
    }
  }

  release(id) {
    let task = this.find(id);
    task.holding = false;
    if (task.priority > this.current.priority) return task;
    return this.current;
  }

  hold() {
    this.held = this.held + 1;
    this.current.holding = true;
    return this.current.link;
  }

  wait() {
    this.current.waiting = true;
    return this.current;
  }

  send(packet) {
    let task = this.find(packet.id);
    this.sent = this.sent + 1;
    packet.link = null;
    packet.id = this.current.id;
    return task.receive(this.current, packet);
  }
}

function richards() {
  let scheduler = new Scheduler();
  new IdleTask(scheduler, 1, 10000);
  new WorkerTask(scheduler, 1000, new Packet(new Packet(null, WORKER, WORK), WORKER, WORK));
  let queue = new Packet(new Packet(new Packet(null, DEVICE_A, DEVICE), DEVICE_A, DEVICE), DEVICE_A, DEVICE);
  new HandlerTask(scheduler, HANDLER_A, 2000, queue);
  queue = new Packet(new Packet(new Packet(null, DEVICE_B, DEVICE), DEVICE_B, DEVICE), DEVICE_B, DEVICE);
  new HandlerTask(scheduler, HANDLER_B, 3000, queue);
  new DeviceTask(scheduler, DEVICE_A, 4000);
  new DeviceTask(scheduler, DEVICE_B, 5000);
  scheduler.run();
  return scheduler;
}

let sent = 0;
let held = 0;
for (let i = 0; i < 60; i = i + 1) {
  let scheduler = richards();
  sent = sent + scheduler.sent;
  held = held + scheduler.held;
}
console.log(sent);
console.log(held);
