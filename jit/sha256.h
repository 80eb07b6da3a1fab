/* sha256.h - the hash that names and checks compiled code on disk.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef VMI_SHA256_H
#define VMI_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { VMI_SHA256_SIZE = 32 };

typedef struct vmi_sha256 {
  uint32_t state[8];
  uint64_t total;    /* bytes so far */
  uint8_t block[64]; /* the last total % 64 of them */
} vmi_sha256;

void vmi_sha256_init(vmi_sha256 *h);
void vmi_sha256_add(vmi_sha256 *h, const void *bytes, size_t size);
void vmi_sha256_end(vmi_sha256 *h, uint8_t out[VMI_SHA256_SIZE]);

#endif
