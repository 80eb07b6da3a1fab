-- Richards, as the Lox program has it: the idle task takes its bits from another sequence than the original.
local IDLE, WORKER, HANDLER_A, HANDLER_B, DEVICE_A, DEVICE_B = 0, 1, 2, 3, 4, 5
local DEVICE, WORK = 0, 1

local function floor(x)
  local r = x + 4503599627370496.0 - 4503599627370496.0
  if r > x then return r - 1 end
  return r
end

local Packet = {}
Packet.__index = Packet

local function newPacket(link, id, kind)
  return setmetatable({link = link, id = id, kind = kind, datum = 0, a = 0, b = 0, c = 0, d = 0}, Packet)
end

-- Puts this packet at the end of a queue; the new queue.
function Packet:appendTo(queue)
  self.link = nil
  if queue == nil then return self end
  local last = queue
  while last.link ~= nil do last = last.link end
  last.link = self
  return queue
end

local Task = {}
Task.__index = Task

function Task:init(scheduler, id, priority, queue, running)
  self.scheduler = scheduler
  self.link = scheduler.tasks
  self.id = id
  self.priority = priority
  self.queue = queue
  self.pending = queue ~= nil
  self.waiting = not running
  self.holding = false
  scheduler:add(self)
end

function Task:blocked()
  return self.holding or self.waiting and not self.pending
end

-- Adds a packet to the queue; the task to go on with.
function Task:receive(task, packet)
  if self.queue == nil then
    self.queue = packet
    self.pending = true
    if self.priority > task.priority then return self end
  else
    self.queue = packet:appendTo(self.queue)
  end
  return task
end

-- Runs the task with its first packet, if that is what it waited for; the task to go on with.
function Task:go()
  local packet
  if self.waiting and self.pending then
    packet = self.queue
    self.queue = packet.link
    self.waiting = false
    self.pending = self.queue ~= nil
  end
  return self:run(packet)
end

local function subclass(class)
  local sub = setmetatable({}, {__index = class})
  sub.__index = sub
  return sub
end

local IdleTask = subclass(Task)

local function newIdleTask(scheduler, seed, count)
  local self = setmetatable({}, IdleTask)
  Task.init(self, scheduler, IDLE, 0, nil, true)
  self.seed = seed
  self.count = count
end

function IdleTask:run(packet)
  self.count = self.count - 1
  if self.count == 0 then return self.scheduler:hold() end
  local product = self.seed * 171
  self.seed = product - floor(product / 30269) * 30269
  local half = self.seed / 2
  if floor(half) == half then return self.scheduler:release(DEVICE_A) end
  return self.scheduler:release(DEVICE_B)
end

local WorkerTask = subclass(Task)

local function newWorkerTask(scheduler, priority, queue)
  local self = setmetatable({}, WorkerTask)
  Task.init(self, scheduler, WORKER, priority, queue, false)
  self.handler = HANDLER_A
  self.letter = 0
end

function WorkerTask:nextLetter()
  self.letter = self.letter + 1
  if self.letter > 26 then self.letter = 1 end
  return self.letter
end

function WorkerTask:run(packet)
  if packet == nil then return self.scheduler:wait() end
  if self.handler == HANDLER_A then
    self.handler = HANDLER_B
  else
    self.handler = HANDLER_A
  end
  packet.id = self.handler
  packet.datum = 0
  packet.a = self:nextLetter()
  packet.b = self:nextLetter()
  packet.c = self:nextLetter()
  packet.d = self:nextLetter()
  return self.scheduler:send(packet)
end

local HandlerTask = subclass(Task)

local function newHandlerTask(scheduler, id, priority, queue)
  local self = setmetatable({}, HandlerTask)
  Task.init(self, scheduler, id, priority, queue, false)
  self.work = nil
  self.devices = nil
end

function HandlerTask:run(packet)
  if packet ~= nil then
    if packet.kind == WORK then
      self.work = packet:appendTo(self.work)
    else
      self.devices = packet:appendTo(self.devices)
    end
  end
  local work = self.work
  if work ~= nil then
    if work.datum == 4 then
      self.work = work.link
      return self.scheduler:send(work)
    end
    local device = self.devices
    if device ~= nil then
      self.devices = device.link
      if work.datum == 0 then device.datum = work.a end
      if work.datum == 1 then device.datum = work.b end
      if work.datum == 2 then device.datum = work.c end
      if work.datum == 3 then device.datum = work.d end
      work.datum = work.datum + 1
      return self.scheduler:send(device)
    end
  end
  return self.scheduler:wait()
end

local DeviceTask = subclass(Task)

local function newDeviceTask(scheduler, id, priority)
  local self = setmetatable({}, DeviceTask)
  Task.init(self, scheduler, id, priority, nil, false)
  self.held = nil
end

function DeviceTask:run(packet)
  if packet == nil then
    if self.held == nil then return self.scheduler:wait() end
    packet = self.held
    self.held = nil
    return self.scheduler:send(packet)
  end
  self.held = packet
  return self.scheduler:hold()
end

local Scheduler = {}
Scheduler.__index = Scheduler

local function newScheduler()
  return setmetatable({sent = 0, held = 0, tasks = nil, current = nil}, Scheduler)
end

function Scheduler:add(task)
  self.tasks = task
end

function Scheduler:find(id)
  local task = self.tasks
  while task.id ~= id do task = task.link end
  return task
end

function Scheduler:run()
  self.current = self.tasks
  while self.current ~= nil do
    if self.current:blocked() then
      self.current = self.current.link
    else
      self.current = self.current:go()
    end
  end
end

function Scheduler:release(id)
  local task = self:find(id)
  task.holding = false
  if task.priority > self.current.priority then return task end
  return self.current
end

function Scheduler:hold()
  self.held = self.held + 1
  self.current.holding = true
  return self.current.link
end

function Scheduler:wait()
  self.current.waiting = true
  return self.current
end

function Scheduler:send(packet)
  local task = self:find(packet.id)
  self.sent = self.sent + 1
  packet.link = nil
  packet.id = self.current.id
  return task:receive(self.current, packet)
end

local function richards()
  local scheduler = newScheduler()
  newIdleTask(scheduler, 1, 10000)
  newWorkerTask(scheduler, 1000, newPacket(newPacket(nil, WORKER, WORK), WORKER, WORK))
  local queue = newPacket(newPacket(newPacket(nil, DEVICE_A, DEVICE), DEVICE_A, DEVICE), DEVICE_A, DEVICE)
  newHandlerTask(scheduler, HANDLER_A, 2000, queue)
  queue = newPacket(newPacket(newPacket(nil, DEVICE_B, DEVICE), DEVICE_B, DEVICE), DEVICE_B, DEVICE)
  newHandlerTask(scheduler, HANDLER_B, 3000, queue)
  newDeviceTask(scheduler, DEVICE_A, 4000)
  newDeviceTask(scheduler, DEVICE_B, 5000)
  scheduler:run()
  return scheduler
end

local sent, held = 0, 0
for _ = 1, 60 do
  local scheduler = richards()
  sent = sent + scheduler.sent
  held = held + scheduler.held
end
print(sent)
print(held)
