/* The flickermeter's inner loop, included by lanes_kernels.h and so compiled for every instruction set. */
#ifndef METROLOGY_FLICKER_KERNELS_H
#define METROLOGY_FLICKER_KERNELS_H

#include "metrology/flicker.h"

typedef int64_t flicker_mask __attribute__((vector_size(32)));

static inline __attribute__((always_inline)) flicker_v square_of(const lanes_f *frame, bool delta)
{
    typedef float half __attribute__((vector_size(16)));
    half x = __builtin_shufflevector(*frame, *frame, 0, 1, 2, 3);
    if (delta)
        x -= __builtin_shufflevector(x, x, 1, 2, 0, 3);
    flicker_v v = __builtin_convertvector(x, flicker_v);
    return v * v;
}

/* Blocks 3 and 4 for one normalised sample. */
static inline __attribute__((always_inline)) void filter_square(struct flicker *f, flicker_v u)
{
    const struct flicker_filter *k = &f->filter;
    flicker_v y = k->direct * u;
    for (int i = 0; i < FLICKER_PAIRS; i++) {
        flicker_v re = f->state_re[i], im = f->state_im[i];
        y += re;
        f->state_re[i] = k->pair[i].turn_re * re - k->pair[i].turn_im * im + k->pair[i].gain_re * u;
        f->state_im[i] = k->pair[i].turn_re * im + k->pair[i].turn_im * re + k->pair[i].gain_im * u;
    }
    for (int i = 0; i < FLICKER_SINGLES; i++) {
        y += f->state[i];
        f->state[i] = k->single[i].turn * f->state[i] + k->single[i].gain * u;
    }
    flicker_v squared = k->scale * y * y;
    f->p_inst = k->smooth * f->p_inst + k->smooth_old * f->squared + k->smooth_new * squared;
    f->squared = squared;
    flicker_mask more = f->p_inst > f->largest;
    f->largest = (flicker_v)(((flicker_mask)f->p_inst & more) | ((flicker_mask)f->largest & ~more));
}

static size_t flicker_run(struct flicker *f, const lanes_f *frames, size_t n)
{
    bool delta = f->setup.delta;
    unsigned d = f->decimation, index = f->index;
    flicker_v sum = f->sum, ramp = f->ramp;
    size_t i = 0;
    while (i < n) {
        for (; i < n && index < d; i++) {
            flicker_v square = square_of(&frames[i], delta);
            sum += square;
            ramp += (double)++index * square;
        }
        if (index < d)
            break;
        flicker_v triangle = (f->ramp_before + (double)d * sum - ramp) * f->share;
        f->ramp_before = ramp;
        sum = ramp = (flicker_v){0};
        index = 0;
        f->half_sum += triangle;
        f->half_ramp += (double)++f->in_half * triangle;
        f->input[2] = f->input[1];
        f->input[1] = f->input[0];
        f->input[0] = triangle * f->inverse - f->present;
        filter_square(f, f->input[1] - f->sag * (f->input[0] - 2 * f->input[1] + f->input[2]));
        if ((++f->since == f->every) | (f->in_half == f->half_cycle))
            break;
    }
    f->index = index;
    f->sum = sum;
    f->ramp = ramp;
    return i;
}

#endif
