/* sort.c - quicksort with a comparison through a function pointer, and heap sort, over records.
 *
 * SPDX-License-Identifier: MIT
 */
#include "kernel.h"

enum { RECORDS = 20000, SHORT = 12 };

typedef struct {
  uint32_t key, tie;
  double weight;
} record;

typedef int comparison(const record *, const record *);

static record records[RECORDS];

static int by_key(const record *a, const record *b)
{
  if (a->key != b->key) return a->key < b->key ? -1 : 1;
  return a->tie < b->tie ? -1 : a->tie > b->tie;
}

static int by_weight(const record *a, const record *b)
{
  return a->weight < b->weight ? -1 : a->weight > b->weight ? 1 : by_key(a, b);
}

static void swap(record *a, record *b)
{
  record c = *a;
  *a = *b;
  *b = c;
}

static void insertion_sort(record *first, int count, comparison *compare)
{
  for (int i = 1; i < count; i++) {
    record r = first[i];
    int j = i;
    for (; j > 0 && compare(&r, &first[j - 1]) < 0; j--) first[j] = first[j - 1];
    first[j] = r;
  }
}

static void quicksort(record *first, int count, comparison *compare)
{
  while (count > SHORT) {
    record pivot = first[count / 2];
    int i = 0, j = count - 1;
    while (i <= j) {
      while (compare(&first[i], &pivot) < 0) i++;
      while (compare(&pivot, &first[j]) < 0) j--;
      if (i <= j) swap(&first[i++], &first[j--]);
    }
    quicksort(first, j + 1, compare);
    first += i;
    count -= i;
  }
  insertion_sort(first, count, compare);
}

static void sift_down(record *heap, int at, int count)
{
  record r = heap[at];
  for (int child; (child = 2 * at + 1) < count; at = child) {
    if (child + 1 < count && by_key(&heap[child], &heap[child + 1]) < 0) child++;
    if (by_key(&r, &heap[child]) >= 0) break;
    heap[at] = heap[child];
  }
  heap[at] = r;
}

static void heap_sort(record *heap, int count)
{
  for (int i = count / 2; i-- > 0;) sift_down(heap, i, count);
  for (int end = count - 1; end > 0; end--) {
    swap(&heap[0], &heap[end]);
    sift_down(heap, 0, end);
  }
}

static uint32_t checksum(uint32_t sum)
{
  for (int i = 0; i < RECORDS; i += 7) sum = kernel_mix(sum, records[i].tie);
  return sum;
}

uint32_t run(uint32_t n)
{
  uint32_t seed = 5, sum = 1;
  for (uint32_t round = 0; round < n; round++) {
    for (uint32_t i = 0; i < RECORDS; i++)
      records[i] = (record){kernel_random(&seed) % 5000, i, (double)(kernel_random(&seed) >> 8)};
    quicksort(records, RECORDS, by_weight);
    sum = checksum(sum);
    quicksort(records, RECORDS, by_key);
    sum = checksum(sum);
    for (int i = 0; i < RECORDS; i++) records[i].key ^= 0x155;
    heap_sort(records, RECORDS);
    sum = checksum(sum);
  }
  return sum;
}
