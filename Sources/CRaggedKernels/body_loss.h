// Losses with their gradients, as Keras defines them on outputs that are probabilities.

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

// Keras' categorical cross-entropy: outputs are divided by their sum, clipped to [1e-7, 1 - 1e-7], and outside the clip
// the gradient is zero.
INLINE judged categorical(const rk_loss *p, const turned *b, rk_int lane, vf scale) {
  const float *y = b->y + lane;
  vf sum = splat(0), loss = splat(0), dot = splat(0), top = load(y), top_target = target_of(p, b, 0, lane);
  vf hit = top_target;
  for (rk_int k = 0; k < p->width; k++) sum += load(y + k * rk_together);
  vf inverse = 1.0f / sum, named = splat(1);
  for (rk_int k = 0; k < p->width; k++) {
    vf out = load(y + k * rk_together), share = out * inverse, truth = target_of(p, b, k, lane);
    vf kept = within(share, EPSILON, 1.0f - EPSILON);
    // A class needs one logarithm a row.
    if (p->classes) named = choose(truth != 0.0f, kept, named);
    else loss -= choose(truth != 0.0f, truth * vlog(kept), splat(0));
    dot += choose(kept == share, -truth, splat(0));
    vi higher = out > top;
    hit = choose(higher, truth, hit);
    top = choose(higher, out, top);
    top_target = most(top_target, truth);
  }
  if (p->classes) loss -= vlog(named);
  if (p->d_y)
    for (rk_int k = 0; k < p->width; k++) {
      vf share = load(y + k * rk_together) * inverse, truth = target_of(p, b, k, lane);
      vf kept = within(share, EPSILON, 1.0f - EPSILON);
      vf slope = choose(kept == share, -truth / kept, splat(0));
      store(b->d_y + k * rk_together + lane, choose(scale != 0.0f, (slope - dot) * inverse * scale, splat(0)));
    }
  return (judged){loss, choose(hit == top_target, splat(1), splat(0))};
}

INLINE judged separate(const rk_loss *p, const turned *b, rk_int lane, vf scale) {
  vf loss = splat(0), right = splat(1);
  float share = 1.0f / (float)p->width;
  for (rk_int k = 0; k < p->width; k++) {
    vf out = load(b->y + k * rk_together + lane), truth = target_of(p, b, k, lane), slope;
    if (p->loss == RK_BINARY) {
      vf kept = within(out, EPSILON, 1.0f - EPSILON);
      loss -= truth * vlog(kept) + (1.0f - truth) * vlog(1.0f - kept);
      slope = choose(kept == out, (kept - truth) / (kept * (1.0f - kept)), splat(0));
      right = choose((out > 0.5f) == (truth > 0.5f), right, splat(0));
    } else {
      vf difference = out - truth;
      vf sign = choose(difference > 0.0f, splat(1), choose(difference < 0.0f, splat(-1), splat(0)));
      loss += p->loss == RK_SQUARED ? difference * difference : difference * sign;
      slope = p->loss == RK_SQUARED ? 2.0f * difference : sign;
    }
    if (p->d_y)
      store(b->d_y + k * rk_together + lane, choose(scale != 0.0f, slope * share * scale, splat(0)));
  }
  return (judged){loss * share, right};
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
      judged j = p->loss == RK_CATEGORICAL ? categorical(p, &b, lane, scale) : separate(p, &b, lane, scale);
      total += __builtin_convertvector(choose(weight != 0.0f, weight * j.loss, splat(0)), vd);
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
