/* richards.c - the algorithm of bench/programs/richards.vma in C.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>

struct Packet;
struct Task;
struct Idle;
struct Worker;
struct Handler;
struct Device;
typedef struct Task *(*Run)(struct Task *, struct Packet *);

struct Packet {
  struct Packet *link;
  int id;
  int work;
  int datum;
  int *data;
};

struct Task {
  struct Task *link;
  int id;
  int priority;
  struct Packet *queue;
  int held;
  int suspended;
  int runnable;
  Run run;
};

struct Idle {
  struct Task base;
  int bits;
  int count;
};

struct Worker {
  struct Task base;
  int target;
  int letter;
};

struct Handler {
  struct Task base;
  struct Packet *works;
  struct Packet *devices;
};

struct Device {
  struct Task base;
  struct Packet *pending;
};

static struct Task *current;
static struct Task **tasks;
static int queued = 0;
static int holds = 0;

static struct Packet *new_Packet(struct Packet *link, int id, int work, int datum, int *data)
{
  struct Packet *o = malloc(sizeof *o);
  *o = (struct Packet){link, id, work, datum, data};
  return o;
}

static struct Idle *new_Idle(struct Task *link, int id, int priority, struct Packet *queue, int held, int suspended, int runnable, Run run, int bits, int count)
{
  struct Idle *o = malloc(sizeof *o);
  *o = (struct Idle){{link, id, priority, queue, held, suspended, runnable, run}, bits, count};
  return o;
}

static struct Worker *new_Worker(struct Task *link, int id, int priority, struct Packet *queue, int held, int suspended, int runnable, Run run, int target, int letter)
{
  struct Worker *o = malloc(sizeof *o);
  *o = (struct Worker){{link, id, priority, queue, held, suspended, runnable, run}, target, letter};
  return o;
}

static struct Handler *new_Handler(struct Task *link, int id, int priority, struct Packet *queue, int held, int suspended, int runnable, Run run, struct Packet *works, struct Packet *devices)
{
  struct Handler *o = malloc(sizeof *o);
  *o = (struct Handler){{link, id, priority, queue, held, suspended, runnable, run}, works, devices};
  return o;
}

static struct Device *new_Device(struct Task *link, int id, int priority, struct Packet *queue, int held, int suspended, int runnable, Run run, struct Packet *pending)
{
  struct Device *o = malloc(sizeof *o);
  *o = (struct Device){{link, id, priority, queue, held, suspended, runnable, run}, pending};
  return o;
}

static struct Packet *append(struct Packet *packet, struct Packet *queue)
{
  packet->link = NULL;
  if (queue == NULL) return packet;
  struct Packet *last = queue;
  while (last->link != NULL) last = last->link;
  last->link = packet;
  return queue;
}

static struct Task *hold()
{
  holds++;
  current->held = 1;
  return current->link;
}

static struct Task *wait_current()
{
  current->suspended = 1;
  return current;
}

static struct Task *release(int id)
{
  struct Task *task = tasks[id];
  task->held = 0;
  if (task->priority > current->priority) return task;
  return current;
}

static struct Task *send(struct Packet *packet)
{
  struct Task *task = tasks[packet->id];
  queued++;
  packet->link = NULL;
  packet->id = current->id;
  if (task->queue == NULL) {
    task->queue = packet;
    task->runnable = 1;
    if (task->priority > current->priority) return task;
  } else {
    task->queue = append(packet, task->queue);
  }
  return current;
}

static struct Task *idle_run(struct Task *task, struct Packet *packet)
{
  (void)packet;
  struct Idle *idle = (struct Idle *)task;
  idle->count--;
  if (idle->count == 0) return hold();
  if (idle->bits % 2 == 0) {
    idle->bits = idle->bits / 2;
    return release(4);
  }
  idle->bits = (idle->bits / 2) ^ 0xD008;
  return release(5);
}

static struct Task *worker_run(struct Task *task, struct Packet *packet)
{
  struct Worker *worker = (struct Worker *)task;
  if (packet == NULL) return wait_current();
  worker->target = 5 - worker->target;
  packet->id = worker->target;
  packet->datum = 0;
  for (int i = 0; i < 4; i++) {
    worker->letter++;
    if (worker->letter > 26) worker->letter = 1;
    packet->data[i] = worker->letter;
  }
  return send(packet);
}

static struct Task *handler_run(struct Task *task, struct Packet *packet)
{
  struct Handler *handler = (struct Handler *)task;
  if (packet != NULL) {
    if (packet->work == 1) handler->works = append(packet, handler->works);
    else handler->devices = append(packet, handler->devices);
  }
  struct Packet *work = handler->works;
  if (work != NULL) {
    int at = work->datum;
    if (at >= 4) {
      handler->works = work->link;
      return send(work);
    }
    struct Packet *device = handler->devices;
    if (device != NULL) {
      handler->devices = device->link;
      device->datum = work->data[at];
      work->datum = at + 1;
      return send(device);
    }
  }
  return wait_current();
}

static struct Task *device_run(struct Task *task, struct Packet *packet)
{
  struct Device *device = (struct Device *)task;
  if (packet != NULL) {
    device->pending = packet;
    return hold();
  }
  struct Packet *pending = device->pending;
  if (pending == NULL) return wait_current();
  device->pending = NULL;
  return send(pending);
}

static struct Task *run_task(struct Task *task)
{
  struct Packet *packet = NULL;
  if (task->suspended == 1 && task->runnable == 1) {
    packet = task->queue;
    task->queue = packet->link;
    task->suspended = 0;
    task->runnable = 0;
    if (task->queue != NULL) task->runnable = 1;
  }
  return task->run(task, packet);
}

static void schedule(struct Task *first)
{
  current = first;
  while (current != NULL) {
    if (current->held == 1 || (current->suspended == 1 && current->runnable == 0)) current = current->link;
    else current = run_task(current);
  }
}

static struct Packet *packets(int count, int id, int work)
{
  struct Packet *queue = NULL;
  for (int i = 0; i < count; i++) queue = new_Packet(queue, id, work, 0, calloc((size_t)(4), sizeof(int)));
  return queue;
}

static void simulate(int count)
{
  tasks = calloc((size_t)(6), sizeof(struct Task *));
  tasks[0] = (struct Task *)new_Idle(NULL, 0, 0, NULL, 0, 0, 0, idle_run, 1, count);
  tasks[1] = (struct Task *)new_Worker(tasks[0], 1, 1000, packets(2, 1, 1), 0, 1, 1, worker_run, 2, 0);
  tasks[2] = (struct Task *)new_Handler(tasks[1], 2, 2000, packets(3, 4, 0), 0, 1, 1, handler_run, NULL, NULL);
  tasks[3] = (struct Task *)new_Handler(tasks[2], 3, 3000, packets(3, 5, 0), 0, 1, 1, handler_run, NULL, NULL);
  tasks[4] = (struct Task *)new_Device(tasks[3], 4, 4000, NULL, 0, 1, 0, device_run, NULL);
  tasks[5] = (struct Task *)new_Device(tasks[4], 5, 5000, NULL, 0, 1, 0, device_run, NULL);
  schedule(tasks[5]);
}

int main(int argc, char **argv)
{
  int rounds = argc > 1 ? atoi(argv[1]) : 10;
  for (int i = 0; i < rounds; i++) simulate(10000);
  fputs("queued ", stdout);
  printf("%d", queued);
  fputs(", held ", stdout);
  printf("%d", holds);
  fputs("\n", stdout);
  return 0;
}
