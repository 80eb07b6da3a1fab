// Richards.java - the algorithm of bench/programs/richards.vma in Java.
//
// SPDX-License-Identifier: MIT
final class Richards {
  interface Run {
    Task apply(Task a, Packet b);
  }

  static class Packet {
    Packet link;
    int id;
    int work;
    int datum;
    int[] data;

    Packet(Packet link, int id, int work, int datum, int[] data) {
      this.link = link;
      this.id = id;
      this.work = work;
      this.datum = datum;
      this.data = data;
    }
  }

  static class Task {
    Task link;
    int id;
    int priority;
    Packet queue;
    int held;
    int suspended;
    int runnable;
    Run run;

    Task(Task link, int id, int priority, Packet queue, int held, int suspended, int runnable, Run run) {
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

  static class Idle extends Task {
    int bits;
    int count;

    Idle(Task link, int id, int priority, Packet queue, int held, int suspended, int runnable, Run run, int bits, int count) {
      super(link, id, priority, queue, held, suspended, runnable, run);
      this.bits = bits;
      this.count = count;
    }
  }

  static class Worker extends Task {
    int target;
    int letter;

    Worker(Task link, int id, int priority, Packet queue, int held, int suspended, int runnable, Run run, int target, int letter) {
      super(link, id, priority, queue, held, suspended, runnable, run);
      this.target = target;
      this.letter = letter;
    }
  }

  static class Handler extends Task {
    Packet works;
    Packet devices;

    Handler(Task link, int id, int priority, Packet queue, int held, int suspended, int runnable, Run run, Packet works, Packet devices) {
      super(link, id, priority, queue, held, suspended, runnable, run);
      this.works = works;
      this.devices = devices;
    }
  }

  static class Device extends Task {
    Packet pending;

    Device(Task link, int id, int priority, Packet queue, int held, int suspended, int runnable, Run run, Packet pending) {
      super(link, id, priority, queue, held, suspended, runnable, run);
      this.pending = pending;
    }
  }

  static Task current;
  static Task[] tasks;
  static int queued = 0;
  static int holds = 0;

  static Packet append(Packet packet, Packet queue) {
    packet.link = null;
    if (queue == null) return packet;
    Packet last = queue;
    while (last.link != null) last = last.link;
    last.link = packet;
    return queue;
  }

  static Task hold() {
    holds++;
    current.held = 1;
    return current.link;
  }

  static Task wait_current() {
    current.suspended = 1;
    return current;
  }

  static Task release(int id) {
    Task task = tasks[id];
    task.held = 0;
    if (task.priority > current.priority) return task;
    return current;
  }

  static Task send(Packet packet) {
    Task task = tasks[packet.id];
    queued++;
    packet.link = null;
    packet.id = current.id;
    if (task.queue == null) {
      task.queue = packet;
      task.runnable = 1;
      if (task.priority > current.priority) return task;
    } else {
      task.queue = append(packet, task.queue);
    }
    return current;
  }

  static Task idle_run(Task task, Packet packet) {
    Idle idle = (Idle) task;
    idle.count--;
    if (idle.count == 0) return hold();
    if (idle.bits % 2 == 0) {
      idle.bits = idle.bits / 2;
      return release(4);
    }
    idle.bits = idle.bits / 2 ^ 0xD008;
    return release(5);
  }

  static Task worker_run(Task task, Packet packet) {
    Worker worker = (Worker) task;
    if (packet == null) return wait_current();
    worker.target = 5 - worker.target;
    packet.id = worker.target;
    packet.datum = 0;
    for (int i = 0; i < 4; i++) {
      worker.letter++;
      if (worker.letter > 26) worker.letter = 1;
      packet.data[i] = worker.letter;
    }
    return send(packet);
  }

  static Task handler_run(Task task, Packet packet) {
    Handler handler = (Handler) task;
    if (packet != null) {
      if (packet.work == 1) handler.works = append(packet, handler.works);
      else handler.devices = append(packet, handler.devices);
    }
    Packet work = handler.works;
    if (work != null) {
      int at = work.datum;
      if (at >= 4) {
        handler.works = work.link;
        return send(work);
      }
      Packet device = handler.devices;
      if (device != null) {
        handler.devices = device.link;
        device.datum = work.data[at];
        work.datum = at + 1;
        return send(device);
      }
    }
    return wait_current();
  }

  static Task device_run(Task task, Packet packet) {
    Device device = (Device) task;
    if (packet != null) {
      device.pending = packet;
      return hold();
    }
    Packet pending = device.pending;
    if (pending == null) return wait_current();
    device.pending = null;
    return send(pending);
  }

  static Task run_task(Task task) {
    Packet packet = null;
    if (task.suspended == 1 && task.runnable == 1) {
      packet = task.queue;
      task.queue = packet.link;
      task.suspended = 0;
      task.runnable = 0;
      if (task.queue != null) task.runnable = 1;
    }
    return task.run.apply(task, packet);
  }

  static void schedule(Task first) {
    current = first;
    while (current != null) {
      if (current.held == 1 || current.suspended == 1 && current.runnable == 0) current = current.link;
      else current = run_task(current);
    }
  }

  static Packet packets(int count, int id, int work) {
    Packet queue = null;
    for (int i = 0; i < count; i++) queue = new Packet(queue, id, work, 0, new int[4]);
    return queue;
  }

  static void simulate(int count) {
    tasks = new Task[6];
    tasks[0] = new Idle(null, 0, 0, null, 0, 0, 0, Richards::idle_run, 1, count);
    tasks[1] = new Worker(tasks[0], 1, 1000, packets(2, 1, 1), 0, 1, 1, Richards::worker_run, 2, 0);
    tasks[2] = new Handler(tasks[1], 2, 2000, packets(3, 4, 0), 0, 1, 1, Richards::handler_run, null, null);
    tasks[3] = new Handler(tasks[2], 3, 3000, packets(3, 5, 0), 0, 1, 1, Richards::handler_run, null, null);
    tasks[4] = new Device(tasks[3], 4, 4000, null, 0, 1, 0, Richards::device_run, null);
    tasks[5] = new Device(tasks[4], 5, 5000, null, 0, 1, 0, Richards::device_run, null);
    schedule(tasks[5]);
  }

  public static void main(String[] args) {
    Guest.args = args;
    int rounds = Guest.arg_i32(0, 10);
    for (int i = 0; i < rounds; i++) simulate(10000);
    Guest.print("queued ");
    Guest.print_i32(queued);
    Guest.print(", held ");
    Guest.print_i32(holds);
    Guest.print("\n");
    Guest.flush();
  }
}
