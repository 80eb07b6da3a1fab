-- richards.lua - the algorithm of bench/programs/richards.vma in Lua.
--
-- SPDX-License-Identifier: MIT
package.path = arg[0]:gsub("[^/]*$", "") .. "?.lua"
local guest = require("guest")
local array = guest.array
local floor = math.floor

local current = nil
local tasks = nil
local queued = 0
local holds = 0

local function append(packet, queue)
  packet.link = nil
  if queue == nil then
    return packet
  end
  local last = queue
  while last.link ~= nil do
    last = last.link
  end
  last.link = packet
  return queue
end

local function hold()
  holds = holds + 1
  current.held = 1
  return current.link
end

local function wait_current()
  current.suspended = 1
  return current
end

local function release(id)
  local task = tasks[id]
  task.held = 0
  if task.priority > current.priority then
    return task
  end
  return current
end

local function send(packet)
  local task = tasks[packet.id]
  queued = queued + 1
  packet.link = nil
  packet.id = current.id
  if task.queue == nil then
    task.queue = packet
    task.runnable = 1
    if task.priority > current.priority then
      return task
    end
  else
    task.queue = append(packet, task.queue)
  end
  return current
end

local function idle_run(task, packet)
  local idle = task
  idle.count = idle.count - 1
  if idle.count == 0 then
    return hold()
  end
  if idle.bits % 2 == 0 then
    idle.bits = floor(idle.bits / 2)
    return release(4)
  end
  idle.bits = guest.bxor(floor(idle.bits / 2), 0xD008)
  return release(5)
end

local function worker_run(task, packet)
  local worker = task
  if packet == nil then
    return wait_current()
  end
  worker.target = 5 - worker.target
  packet.id = worker.target
  packet.datum = 0
  for i = 0, 3 do
    worker.letter = worker.letter + 1
    if worker.letter > 26 then
      worker.letter = 1
    end
    packet.data[i] = worker.letter
  end
  return send(packet)
end

local function handler_run(task, packet)
  local handler = task
  if packet ~= nil then
    if packet.work == 1 then
      handler.works = append(packet, handler.works)
    else
      handler.devices = append(packet, handler.devices)
    end
  end
  local work = handler.works
  if work ~= nil then
    local at = work.datum
    if at >= 4 then
      handler.works = work.link
      return send(work)
    end
    local device = handler.devices
    if device ~= nil then
      handler.devices = device.link
      device.datum = work.data[at]
      work.datum = at + 1
      return send(device)
    end
  end
  return wait_current()
end

local function device_run(task, packet)
  local device = task
  if packet ~= nil then
    device.pending = packet
    return hold()
  end
  local pending = device.pending
  if pending == nil then
    return wait_current()
  end
  device.pending = nil
  return send(pending)
end

local function run_task(task)
  local packet = nil
  if task.suspended == 1 and task.runnable == 1 then
    packet = task.queue
    task.queue = packet.link
    task.suspended = 0
    task.runnable = 0
    if task.queue ~= nil then
      task.runnable = 1
    end
  end
  return task.run(task, packet)
end

local function schedule(first)
  current = first
  while current ~= nil do
    if current.held == 1 or current.suspended == 1 and current.runnable == 0 then
      current = current.link
    else
      current = run_task(current)
    end
  end
end

local function packets(count, id, work)
  local queue = nil
  for i = 0, count - 1 do
    queue = {link = queue, id = id, work = work, datum = 0, data = array(4, 0)}
  end
  return queue
end

local function simulate(count)
  tasks = array(6, false)
  tasks[0] = {link = nil, id = 0, priority = 0, queue = nil, held = 0, suspended = 0, runnable = 0, run = idle_run, bits = 1, count = count}
  tasks[1] = {link = tasks[0], id = 1, priority = 1000, queue = packets(2, 1, 1), held = 0, suspended = 1, runnable = 1, run = worker_run, target = 2, letter = 0}
  tasks[2] = {link = tasks[1], id = 2, priority = 2000, queue = packets(3, 4, 0), held = 0, suspended = 1, runnable = 1, run = handler_run, works = nil, devices = nil}
  tasks[3] = {link = tasks[2], id = 3, priority = 3000, queue = packets(3, 5, 0), held = 0, suspended = 1, runnable = 1, run = handler_run, works = nil, devices = nil}
  tasks[4] = {link = tasks[3], id = 4, priority = 4000, queue = nil, held = 0, suspended = 1, runnable = 0, run = device_run, pending = nil}
  tasks[5] = {link = tasks[4], id = 5, priority = 5000, queue = nil, held = 0, suspended = 1, runnable = 0, run = device_run, pending = nil}
  schedule(tasks[5])
end

local function main()
  local rounds = guest.arg_i32(0, 10)
  for i = 0, rounds - 1 do
    simulate(10000)
  end
  io.write("queued ")
  guest.print_i32(queued)
  io.write(", held ")
  guest.print_i32(holds)
  io.write("\n")
end

main()
