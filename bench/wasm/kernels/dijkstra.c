/* dijkstra.c - shortest paths in a random graph with a binary heap: dependent loads, branches.
 *
 * SPDX-License-Identifier: MIT
 */
#include "kernel.h"

enum { NODES = 10000, DEGREE = 6, EDGES = NODES * DEGREE };

static const uint32_t FAR = UINT32_MAX;

static struct {
  uint32_t to, length;
} edges[EDGES]; /* those of a node side by side */

static uint32_t distance[NODES];
static uint32_t heap[NODES], place[NODES]; /* nodes by distance; where each stands, NODES: nowhere */
static uint32_t heap_size;

static void put(uint32_t at, uint32_t node)
{
  heap[at] = node;
  place[node] = at;
}

static void sift_up(uint32_t at, uint32_t node)
{
  while (at > 0) {
    uint32_t parent = (at - 1) / 2;
    if (distance[heap[parent]] <= distance[node]) break;
    put(at, heap[parent]);
    at = parent;
  }
  put(at, node);
}

static void sift_down(uint32_t at, uint32_t node)
{
  for (uint32_t child; (child = 2 * at + 1) < heap_size; at = child) {
    if (child + 1 < heap_size && distance[heap[child + 1]] < distance[heap[child]]) child++;
    if (distance[node] <= distance[heap[child]]) break;
    put(at, heap[child]);
  }
  put(at, node);
}

static uint32_t take_nearest(void)
{
  uint32_t nearest = heap[0], last = heap[--heap_size];
  if (heap_size > 0) sift_down(0, last);
  place[nearest] = NODES;
  return nearest;
}

static void reach(uint32_t node, uint32_t length)
{
  if (length >= distance[node]) return;
  distance[node] = length;
  sift_up(place[node] == NODES ? heap_size++ : place[node], node);
}

static void search(uint32_t from)
{
  for (uint32_t i = 0; i < NODES; i++) distance[i] = FAR, place[i] = NODES;
  heap_size = 0;
  reach(from, 0);
  while (heap_size > 0) {
    uint32_t node = take_nearest();
    for (uint32_t e = node * DEGREE; e < (node + 1) * DEGREE; e++)
      reach(edges[e].to, distance[node] + edges[e].length);
  }
}

uint32_t run(uint32_t n)
{
  uint32_t seed = 7, sum = 1;
  for (int i = 0; i < EDGES; i++) {
    edges[i].to = kernel_random(&seed) % NODES;
    edges[i].length = 1 + kernel_random(&seed) % 1000;
  }
  for (uint32_t round = 0; round < n; round++) {
    search(kernel_random(&seed) % NODES);
    for (int i = 0; i < NODES; i += 11) sum = kernel_mix(sum, distance[i]);
  }
  return sum;
}
