// What is done to rows one by one: gather, dropout, activations, losses, and orthonormal rows.
#if !defined(RK_ROWS)
#define RK_ROWS
#include "body_math.h"

#define PER_WIDTH
#undef VECTOR
#define VECTOR NARROW
#include "body_rows.h"
#if WIDE != NARROW
#undef VECTOR
#define VECTOR WIDE
#include "body_rows.h"
#endif
#undef PER_WIDTH

// Activations of dense layers. Softmax, and rows that would leave most of a vector empty, are turned so that vectors run across
// rows.

// Takes `count` rows of a matrix to [width][rk_together]; the missing ones are zero.
INLINE void turn(const float *x, rk_int stride, rk_int width, rk_int count, float *turned) {
  for (rk_int k = 0; k < width; k++) {
    UNROLL for (int lane = 0; lane < rk_together; lane += VECTOR) {
      vf column = splat(0);
      if (count == rk_together) {
        UNROLL for (int i = 0; i < VECTOR; i++) column[i] = x[(lane + i) * stride + k];
      } else {
        for (rk_int i = 0; i < VECTOR && lane + i < count; i++) column[i] = x[(lane + i) * stride + k];
      }
      store(turned + k * rk_together + lane, column);
    }
  }
}

INLINE void turn_back(const float *turned, rk_int width, rk_int count, float *x, rk_int stride) {
  for (rk_int k = 0; k < width; k++) {
    UNROLL for (int lane = 0; lane < rk_together; lane += VECTOR) {
      vf column = load(turned + k * rk_together + lane);
      if (count == rk_together) {
        UNROLL for (int i = 0; i < VECTOR; i++) x[(lane + i) * stride + k] = column[i];
      } else {
        for (rk_int i = 0; i < VECTOR && lane + i < count; i++) x[(lane + i) * stride + k] = column[i];
      }
    }
  }
}

INLINE void softmax(float *y, rk_int width) {
  vf top = load(y), sum = splat(0);
  for (rk_int k = 1; k < width; k++) top = most(top, load(y + k * rk_together));
  for (rk_int k = 0; k < width; k++) {
    vf e = vexp(load(y + k * rk_together) - top);
    store(y + k * rk_together, e);
    sum += e;
  }
  vf scale = 1.0f / sum;
  for (rk_int k = 0; k < width; k++) store(y + k * rk_together, load(y + k * rk_together) * scale);
}

static void activate(const rk_activation *p) {
  if (p->activation == RK_LINEAR) return;
  if (p->activation != RK_SOFTMAX && 2 * p->width > NARROW) return JOIN(activate_rows, NARROW)(p);
  for (rk_int m = 0; m < p->rows; m += rk_together) {
    rk_int count = p->rows - m < rk_together ? p->rows - m : rk_together;
    float *y = p->scratch;
    turn(p->y + m * p->y_stride, p->y_stride, p->width, count, y);
    for (rk_int lane = 0; lane < rk_together; lane += VECTOR) {
      if (p->activation == RK_SOFTMAX) softmax(y + lane, p->width);
      else
        for (rk_int k = 0; k < p->width; k++)
          store(y + k * rk_together + lane, activated(p->activation, load(y + k * rk_together + lane)));
    }
    turn_back(y, p->width, count, p->y + m * p->y_stride, p->y_stride);
  }
}

static void activate_backward(const rk_activation *p) {
  if (p->activation == RK_LINEAR) return;
  if (p->activation != RK_SOFTMAX) return JOIN(activate_rows_backward, NARROW)(p);
  for (rk_int m = 0; m < p->rows; m += rk_together) {
    rk_int count = p->rows - m < rk_together ? p->rows - m : rk_together;
    float *y = p->scratch, *d = p->scratch + p->width * rk_together;
    turn(p->y + m * p->y_stride, p->y_stride, p->width, count, y);
    turn(p->d + m * p->d_stride, p->d_stride, p->width, count, d);
    for (rk_int lane = 0; lane < rk_together; lane += VECTOR) {
      vf dot = splat(0);
      for (rk_int k = 0; k < p->width; k++) dot += load(y + k * rk_together + lane) * load(d + k * rk_together + lane);
      for (rk_int k = 0; k < p->width; k++) {
        float *at = d + k * rk_together + lane;
        store(at, load(y + k * rk_together + lane) * (load(at) - dot));
      }
    }
    turn_back(d, p->width, count, p->d + m * p->d_stride, p->d_stride);
  }
}

// Losses with their gradients: as Keras defines them on outputs that are probabilities, and from logits.

#define EPSILON 1e-7f

typedef struct {
  vf loss, hit;
} judged;

// The rows looked at together, turned so that vectors run across them.
typedef struct {
  float *y, *values, *d_y;         // [width][rk_together]
  int32_t classes[rk_together];
  float weight[rk_together];
} turned;

INLINE vf target_of(const rk_loss *p, const turned *b, rk_int k, rk_int lane) {
  if (!p->classes) return load(b->values + k * rk_together + lane);
  vi truth = *(const vi *)(b->classes + lane);
  vi same = p->width == 1 ? truth > 0 : truth == (int32_t)k;
  return choose(same, splat(1), splat(0));
}

INLINE void give(const rk_loss *p, const turned *b, rk_int k, rk_int lane, vf slope, vf scale) {
  if (p->d_y) store(b->d_y + k * rk_together + lane, choose(scale != 0.0f, slope * scale, splat(0)));
}

// 1 where the outputs are right. Of a class, the first of the highest outputs is its own, or a single output is on its side
// of a half; of values, the highest output has the highest target (categorical), or each is on its side of a half.
INLINE vf right(const rk_loss *p, const turned *b, const float *out, rk_int lane) {
  vi is_known = p->classes ? *(const vi *)(b->classes + lane) >= 0 : as_int(splat(0)) == 0;
  int is_categorical = p->loss == RK_CATEGORICAL || p->loss == RK_SOFTMAX_CATEGORICAL;
  if (p->classes ? p->width > 1 : is_categorical) {
    vf top = load(out), hit = target_of(p, b, 0, lane), top_target = hit;
    for (rk_int k = 1; k < p->width; k++) {
      vf next = load(out + k * rk_together), truth = target_of(p, b, k, lane);
      vi higher = next > top;
      hit = choose(higher, truth, hit);
      top = choose(higher, next, top);
      top_target = most(top_target, truth);
    }
    return choose(is_known & (hit == top_target), splat(1), splat(0));
  }
  vi sides = is_known;
  for (rk_int k = 0; k < p->width; k++)
    sides &= (load(out + k * rk_together) > 0.5f) == (target_of(p, b, k, lane) > 0.5f);
  return choose(sides, splat(1), splat(0));
}

// Keras' categorical cross-entropy: outputs are divided by their sum, clipped to [1e-7, 1 - 1e-7], and outside the clip
// the gradient is zero.
INLINE judged categorical(const rk_loss *p, const turned *b, rk_int lane, vf scale) {
  const float *y = b->y + lane;
  vf sum = splat(0), loss = splat(0), dot = splat(0);
  for (rk_int k = 0; k < p->width; k++) sum += load(y + k * rk_together);
  vf inverse = 1.0f / sum, named = splat(1);
  for (rk_int k = 0; k < p->width; k++) {
    vf share = load(y + k * rk_together) * inverse, truth = target_of(p, b, k, lane);
    vf clamped = within(share, EPSILON, 1.0f - EPSILON);
    // A class needs one logarithm a row.
    if (p->classes) named = choose(truth != 0.0f, clamped, named);
    else loss -= choose(truth != 0.0f, truth * vlog(clamped), splat(0));
    dot += choose(clamped == share, -truth, splat(0));
  }
  if (p->classes) loss -= vlog(named);
  for (rk_int k = 0; k < p->width; k++) {
    vf share = load(y + k * rk_together) * inverse, truth = target_of(p, b, k, lane);
    vf clamped = within(share, EPSILON, 1.0f - EPSILON);
    vf slope = choose(clamped == share, -truth / clamped, splat(0));
    give(p, b, k, lane, (slope - dot) * inverse, scale);
  }
  return (judged){loss, right(p, b, y, lane)};
}

INLINE judged separate(const rk_loss *p, const turned *b, rk_int lane, vf scale) {
  vf loss = splat(0), share = splat(1.0f / (float)p->width);
  for (rk_int k = 0; k < p->width; k++) {
    vf out = load(b->y + k * rk_together + lane), truth = target_of(p, b, k, lane), slope;
    if (p->loss == RK_BINARY) {
      vf clamped = within(out, EPSILON, 1.0f - EPSILON);
      loss -= truth * vlog(clamped) + (1.0f - truth) * vlog(1.0f - clamped);
      slope = choose(clamped == out, (clamped - truth) / (clamped * (1.0f - clamped)), splat(0));
    } else {
      vf difference = out - truth;
      vf sign = choose(difference > 0.0f, splat(1), choose(difference < 0.0f, splat(-1), splat(0)));
      loss += p->loss == RK_SQUARED ? difference * difference : difference * sign;
      slope = p->loss == RK_SQUARED ? 2.0f * difference : sign;
    }
    give(p, b, k, lane, slope * share, scale);
  }
  return (judged){loss * share, right(p, b, b->y + lane, lane)};
}

// log(1 + x) for x >= 0; what 1 + x loses of x is added to the logarithm.
INLINE vf log_of_one_and(vf x) {
  vf sum = 1.0f + x;
  return vlog(sum) + (x - (sum - 1.0f)) / sum;
}

// The cross-entropy of softmax from logits z: the sum of y (log(sum of e^z) - z), with the gradient p - y, which is there
// however sure a wrong output is.
INLINE judged softmax_categorical(const rk_loss *p, const turned *b, rk_int lane, vf scale) {
  const float *z = b->y + lane;
  float *share = b->d_y + lane;
  vf top = load(z);
  for (rk_int k = 0; k < p->width; k++) {
    vf x = load(z + k * rk_together);
    store(share + k * rk_together, x);
    top = most(top, x);
  }
  softmax(share, p->width);
  vf hit = right(p, b, share, lane);
  // What all but one of the highest add to e^0, for small losses lie behind the 1.
  vf others = splat(0), ties = splat(-1), peak = splat(1), loss = splat(0), all = splat(0), missed = splat(0);
  for (rk_int k = 0; k < p->width; k++) {
    vf x = load(z + k * rk_together), part = load(share + k * rk_together), truth = target_of(p, b, k, lane);
    vi is_top = x == top;
    others += choose(is_top, splat(0), part);
    ties += choose(is_top, splat(1), splat(0));
    peak = choose(is_top, part, peak);
    loss += choose(truth != 0.0f, truth * (top - x), splat(0));
    all += truth;
    missed += choose(truth != 0.0f, splat(0), part);
  }
  loss += all * log_of_one_and(others / peak + ties);
  for (rk_int k = 0; k < p->width; k++) {
    vf part = load(share + k * rk_together), truth = target_of(p, b, k, lane);
    give(p, b, k, lane, p->classes ? choose(truth != 0.0f, -missed, all * part) : all * part - truth, scale);
  }
  return (judged){loss, hit};
}

// The same for sigmoids: the mean of log(1 + e^-z) where y is 1 and of log(1 + e^z) where it is 0.
INLINE judged sigmoid_binary(const rk_loss *p, const turned *b, rk_int lane, vf scale) {
  const float *z = b->y + lane;
  float *out = b->d_y + lane;
  vf loss = splat(0), share = splat(1.0f / (float)p->width);
  for (rk_int k = 0; k < p->width; k++) store(out + k * rk_together, sigmoid(load(z + k * rk_together)));
  vf hit = right(p, b, out, lane);
  for (rk_int k = 0; k < p->width; k++) {
    vf x = load(z + k * rk_together), truth = target_of(p, b, k, lane);
    vf rest = log_of_one_and(vexp(-most(x, -x)));
    loss += truth * most(splat(0), -x) + (1.0f - truth) * most(splat(0), x) + rest;
    vf slope = (1.0f - truth) * load(out + k * rk_together) - truth * sigmoid(-x);
    give(p, b, k, lane, slope * share, scale);
  }
  return (judged){loss * share, hit};
}

INLINE judged judge(const rk_loss *p, const turned *b, rk_int lane, vf scale) {
  switch (p->loss) {
    case RK_CATEGORICAL: return categorical(p, b, lane, scale);
    case RK_SOFTMAX_CATEGORICAL: return softmax_categorical(p, b, lane, scale);
    case RK_SIGMOID_BINARY: return sigmoid_binary(p, b, lane, scale);
    default: return separate(p, b, lane, scale);
  }
}

static void loss(rk_loss *p) {
  vd total = 0;
  vi hits = 0;
  rk_int size = p->width * rk_together;
  turned b = {p->scratch, p->scratch + size, p->scratch + 2 * size, {0}, {0}};
  for (rk_int m = 0; m < p->rows; m += rk_together) {
    rk_int count = p->rows - m < rk_together ? p->rows - m : rk_together;
    turn(p->y + m * p->y_stride, p->y_stride, p->width, count, b.y);
    if (!p->classes) turn(p->values + m * p->value_stride, p->value_stride, p->width, count, b.values);
    for (rk_int i = 0; i < rk_together; i++) {
      b.classes[i] = p->classes && i < count ? p->classes[m + i] : 0;
      b.weight[i] = i < count ? p->weight[m + i] : 0;
    }
    for (rk_int lane = 0; lane < count; lane += VECTOR) {
      vf weight = load(b.weight + lane);
      vf scale = weight * p->scale;
      judged j = judge(p, &b, lane, scale);
      total += __builtin_convertvector(choose(weight != 0.0f, weight * j.loss, splat(0)), vd);
      for (rk_int i = 0; p->losses && i < VECTOR && lane + i < count; i++) p->losses[m + lane + i] = j.loss[i];
      hits -= (j.hit != 0.0f) & (iota() < (int32_t)(count - lane));
    }
    if (p->d_y) turn_back(b.d_y, p->width, count, p->d_y + m * p->d_stride, p->d_stride);
  }
  p->loss_sum = 0;
  p->hits = 0;
  for (int i = 0; i < VECTOR; i++) {
    p->loss_sum += total[i];
    p->hits += hits[i];
  }
}

// Orthonormal rows, in double precision: the start of a recurrent kernel.

// Sums have eight lanes and no fused multiply-adds whatever the instructions, so that all kernels give the same bits: a seed
// starts a model alike everywhere.
#define LANES 8
typedef double lanes __attribute__((ext_vector_type(LANES), aligned(8)));

// Products of rows at a time, and of columns of vectors.
#if WIDE == 16
#define DOTS 4
#define SPREAD 2
#else
#define DOTS 2
#define SPREAD 1
#endif

INLINE double sum_of(const lanes *at) {
  lanes x = *at;
  return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}

// products[i][k] += sum over n of a[i][n] b[k][n], for `rows` rows of a, `others` of b and `count` columns, full vectors of them.
INLINE void row_products(const int rows, const int others, const double *a, const double *b, rk_int stride, rk_int count,
                         double *products, rk_int products_stride) {
#pragma clang fp contract(off)
  lanes s[4][4];
  UNROLL for (int i = 0; i < rows; i++) {
    UNROLL for (int k = 0; k < others; k++) s[i][k] = (lanes)0.0;
  }
  for (rk_int n = 0; n < count; n += LANES) {
    lanes right[4];
    UNROLL for (int k = 0; k < others; k++) right[k] = *(const lanes *)(b + k * stride + n);
    UNROLL for (int i = 0; i < rows; i++) {
      lanes left = *(const lanes *)(a + i * stride + n);
      UNROLL for (int k = 0; k < others; k++) s[i][k] = s[i][k] + left * right[k];
    }
  }
  UNROLL for (int i = 0; i < rows; i++) {
    UNROLL for (int k = 0; k < others; k++) products[i * products_stride + k] += sum_of(&s[i][k]);
  }
}

// a[i][n] -= sum over k of products[i][k] b[k][n].
INLINE void subtract(const int rows, const int vectors, double *a, const double *b, rk_int stride, rk_int others,
                     const double *products, rk_int products_stride) {
#pragma clang fp contract(off)
  lanes s[4][2];
  UNROLL for (int i = 0; i < rows; i++) {
    UNROLL for (int v = 0; v < vectors; v++) s[i][v] = *(const lanes *)(a + i * stride + v * LANES);
  }
  for (rk_int k = 0; k < others; k++) {
    lanes right[2];
    UNROLL for (int v = 0; v < vectors; v++) right[v] = *(const lanes *)(b + k * stride + v * LANES);
    UNROLL for (int i = 0; i < rows; i++) {
      lanes left = (lanes)products[i * products_stride + k];
      UNROLL for (int v = 0; v < vectors; v++) s[i][v] = s[i][v] - left * right[v];
    }
  }
  UNROLL for (int i = 0; i < rows; i++) {
    UNROLL for (int v = 0; v < vectors; v++) *(lanes *)(a + i * stride + v * LANES) = s[i][v];
  }
}

// Columns that stay in cache while the rows pass by, and rows while the columns do.
#define PANEL 512
#define PASSING 64

// Takes away from `rows` rows of a what they have of `others` orthonormal rows b.
static void take_away(double *a, rk_int rows, const double *b, rk_int others, rk_int stride, double *products) {
  for (rk_int i = 0; i < rows * others; i++) products[i] = 0;
  for (rk_int n = 0; n < stride; n += PANEL) {
    rk_int count = stride - n < PANEL ? stride - n : PANEL;
    for (rk_int k = 0; k < others;) {
      int some = others - k >= DOTS ? DOTS : 1;
      rk_int i = 0;
      for (; i + DOTS <= rows && some == DOTS; i += DOTS)
        row_products(DOTS, DOTS, a + i * stride + n, b + k * stride + n, stride, count, products + i * others + k, others);
      for (; i < rows; i++) {
        for (int one = 0; one < some; one++)
          row_products(1, 1, a + i * stride + n, b + (k + one) * stride + n, stride, count, products + i * others + k + one,
                       others);
      }
      k += some;
    }
  }
  for (rk_int k = 0; k < others; k += PASSING) {
    rk_int some = others - k < PASSING ? others - k : PASSING;
    for (rk_int n = 0; n < stride;) {
      int vectors = stride - n >= SPREAD * LANES ? SPREAD : 1;
      rk_int i = 0;
      for (; i + 4 <= rows && vectors == SPREAD; i += 4)
        subtract(4, SPREAD, a + i * stride + n, b + k * stride + n, stride, some, products + i * others + k, others);
      for (; i < rows; i++) {
        for (int v = 0; v < vectors; v++)
          subtract(1, 1, a + i * stride + n + v * LANES, b + k * stride + n + v * LANES, stride, some,
                   products + i * others + k, others);
      }
      n += vectors * LANES;
    }
  }
}

// Rows are freed of those before them twice within the group (Gram and Schmidt; "twice is enough", Kahan), which keeps their
// digits even where they are nearly dependent; of other groups, which are near random directions, once.
static void orthonormalize(const rk_orthonormal *p) {
#pragma clang fp contract(off)
  enum { few = 4 };
  rk_int stride = p->stride;
  double *a = p->rows + p->first * stride;
  take_away(a, p->count, p->rows, p->first, stride, p->scratch);
  for (rk_int i = 0; i < p->count; i++) {
    double *row = a + i * stride, square = 0;
    rk_int start = i / few * few, left = p->count - i < few ? p->count - i : few;
    for (int twice = 0; twice < 2; twice++) {
      if (i == start) take_away(row, left, a, start, stride, p->scratch);
    }
    for (int twice = 0; twice < 2; twice++) take_away(row, 1, a + start * stride, i - start, stride, p->scratch);
    row_products(1, 1, row, row, stride, stride, &square, 1);
    double scale = 1 / __builtin_elementwise_sqrt(square);
    for (rk_int n = 0; n < stride; n++) row[n] *= scale;
  }
}
#undef DOTS
#undef SPREAD
#undef LANES
#undef PANEL
#undef PASSING

#elif defined(PER_WIDTH)  // once for vectors of NARROW floats, and once for WIDE ones

// Dropout: whether a number is dropped follows from its row's seed and its column.
INLINE void AT(dropout)(const rk_dropout *p) {
  for (rk_int m = 0; m < p->rows; m++) {
    for (rk_int j = 0; j < p->width; j += VECTOR) {
      vu z = p->seeds[m] + ((vu)iota() + (uint32_t)(j + 1)) * 0x9e3779b9u;  // murmur3's finaliser
      z = (z ^ (z >> 16)) * 0x85ebca6bu;
      z = (z ^ (z >> 13)) * 0xc2b2ae35u;
      z ^= z >> 16;
      vf x = load(p->x + m * p->x_stride + j);
      store(p->y + m * p->y_stride + j, choose(z >= (vu)p->threshold, x * p->scale, splat(0)));
    }
  }
}

// Rows of the sequences of a block out of a batch, into the block's order.

// The most numbers of the next sequence that are asked for ahead: behind them the processor sees the stream itself.
#define AHEAD 1024

INLINE void AT(gather)(const rk_gather *p) {
  const int32_t *source = p->source;
  int32_t *target = p->target;
  if (p->width < 1) return;
  rk_int whole = (p->width + VECTOR - 1) / VECTOR * VECTOR;
  for (rk_int s = 0; s < p->sequences; s++) {
    rk_int first = p->offsets[p->rows[s]], length = p->lengths[s], t = 0;
    if (s + 1 < p->sequences) {
      const int32_t *next = source + p->offsets[p->rows[s + 1]] * p->width;
      rk_int count = p->lengths[s + 1] * p->width;
      for (rk_int i = 0; i < count && i < AHEAD; i += 16) __builtin_prefetch(next + i);
    }
    const int32_t *from = source + first * p->width;
    // Whole vectors reach into the rows that follow: as long as these belong to the batch, and the target has room.
    rk_int fitting = p->stride < whole ? 0 : p->items - first - (whole - 1) / p->width;
    for (; t < length && t < fitting; t++, from += p->width) {
      int32_t *to = target + (p->starts[t] + s) * p->stride;
      for (rk_int n = 0; n < whole; n += VECTOR)
        *(vi *)(to + n) = *(const vi *)(from + n);
    }
    for (; t < length; t++, from += p->width) {
      int32_t *to = target + (p->starts[t] + s) * p->stride;
      for (rk_int n = 0; n < p->width; n++) to[n] = from[n];
    }
  }
}

// Activations of dense layers but softmax, row by row, each to the end of its last vector.

INLINE vf AT(slope)(int32_t activation, vf y, vf d) {
  switch (activation) {
    case RK_RELU: return choose(y > 0.0f, d, splat(0));
    case RK_SIGMOID: return d * y * (1.0f - y);
    default: return d * (1.0f - y * y);
  }
}

INLINE void AT(activate_rows)(const rk_activation *p) {
  for (rk_int m = 0; m < p->rows; m++) {
    for (rk_int n = 0; n < p->width; n += VECTOR) {
      float *at = p->y + m * p->y_stride + n;
      store(at, activated(p->activation, load(at)));
    }
  }
}

INLINE void AT(activate_rows_backward)(const rk_activation *p) {
  for (rk_int m = 0; m < p->rows; m++) {
    for (rk_int n = 0; n < p->width; n += VECTOR) {
      float *at = p->d + m * p->d_stride + n;
      store(at, AT(slope)(p->activation, load(p->y + m * p->y_stride + n), load(at)));
    }
  }
}

#endif
