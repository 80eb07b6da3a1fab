/* helpers.c - the table through which compiled code calls the run time; rounding.
 *
 * SPDX-License-Identifier: MIT
 */
#include "helpers.h"

#include <math.h>

const struct vmi_helpers vmi_rt_helpers = {{
#define H(name, result, params) [VMI_H_##name] = (void *)vmi_rt_##name,
#include "helpers.def"
}};

/* NaN operands come out quiet, as the processor's instructions make them. */
float vmi_rt_f32_ceil(vmi_thread *t, float x) { (void)t; return x != x ? x + x : ceilf(x); }
float vmi_rt_f32_floor(vmi_thread *t, float x) { (void)t; return x != x ? x + x : floorf(x); }
float vmi_rt_f32_trunc(vmi_thread *t, float x) { (void)t; return x != x ? x + x : truncf(x); }
float vmi_rt_f32_nearest(vmi_thread *t, float x) { (void)t; return x != x ? x + x : rintf(x); }
double vmi_rt_f64_ceil(vmi_thread *t, double x) { (void)t; return x != x ? x + x : ceil(x); }
double vmi_rt_f64_floor(vmi_thread *t, double x) { (void)t; return x != x ? x + x : floor(x); }
double vmi_rt_f64_trunc(vmi_thread *t, double x) { (void)t; return x != x ? x + x : trunc(x); }
double vmi_rt_f64_nearest(vmi_thread *t, double x) { (void)t; return x != x ? x + x : rint(x); }
