#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>

#include <retrograde/adjoint/stepped/step_batch.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/engine/trial/time_grid.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

constexpr std::size_t width = lanes::width;
// Neurons that share a task: their taps are made once for all chunks.
constexpr std::size_t neurons_together = 8;

// gather of a stretch of rows, a piece of all of them after the other: what they read alike stays in
// the cache. row(r) is where the r-th begins.
template <typename Row>
void gather_rows(std::span<const std::vector<lanes::Term>> terms, const float* base,
                 std::size_t points, const Row& row) {
  constexpr std::size_t piece = 16 * width;
  for (std::size_t x = 0; x < points * width; x += piece)
    for (std::size_t r = 0; r < terms.size(); ++r)
      lanes::gather(terms[r], base + x, row(r) + x, std::min(piece, points * width - x));
}

// body(first, end) over stretches of neurons, on threads.
template <typename Body>
void for_each_stretch(std::size_t neurons, const Body& body) {
  const std::size_t tasks = (neurons + neurons_together - 1) / neurons_together;
  for_each_trial(tasks, [&](std::size_t t) {
    body(t * neurons_together, std::min(neurons, (t + 1) * neurons_together));
  });
}

// body(k, source) over the synapses of a projection that reach its target j, k from its first on.
template <typename Body>
void for_each_incoming(const Network& network, std::size_t projection, std::size_t targets,
                       std::size_t j, const Body& body) {
  const Projection& p = network.projections()[projection];
  if (p.dense) {
    for (std::uint32_t i = 0; i + 1 < p.rows.size(); ++i)
      body(static_cast<SynapseId>(i * targets + j), i);
    return;
  }
  const IncomingSynapses& in = network.incoming(projection);
  for (SynapseId c = in.begin[j]; c < in.begin[j + 1]; ++c) body(in.positions[c], in.sources[c]);
}

// Over all chunks, what each tap of a synapse from row `source` to row `target` is worth. `sent` and
// `returned` say which rows of a chunk.
template <typename Sent, typename Returned>
void correlate(std::span<const StepChunk> chunks, const Sent& sent, const Returned& returned,
               std::size_t source, std::size_t target, const Taps& taps, std::size_t points,
               std::vector<double>& sums, std::vector<double>& part) {
  const std::size_t count =
      taps.first >= points ? 0 : std::min<std::size_t>(taps.h.size(), points - taps.first);
  sums.assign(count, 0.0);
  part.resize(count);
  if (count == 0) return;
  for (const StepChunk& chunk : chunks) {
    const StepRows &from = sent(chunk), &to = returned(chunk);
    lanes::correlate(to.at(target),
                     from.base() + from.offset(source, -static_cast<std::ptrdiff_t>(taps.first)),
                     points * width, count, part.data());
    for (std::size_t g = 0; g < count; ++g) sums[g] += part[g];
  }
}

double sum_of(std::span<const double> correlations, const std::vector<float>& factors) {
  double sum = 0.0;
  for (std::size_t g = 0; g < correlations.size(); ++g)
    sum += static_cast<double>(factors[g]) * correlations[g];
  return sum;
}

}  // namespace

void StepBatch::begin(const Network& network, std::vector<LinkKernel> kernels,
                      const std::vector<Trial>& trials, bool backward) {
  network_ = &network;
  kernels_ = std::move(kernels);
  for (const Trial& trial : trials)
    if (trial.duration != trials.front().duration)
      throw NetworkError("trial", fmt::format("trials of {:g} and {:g} ms do not go in steps "
                                              "together; give all of them one duration",
                                              trials.front().duration, trial.duration));
  constexpr double most_points = 1e6;
  points_ = std::size_t{whole_steps(trials.front().duration, step_, most_points)} + 1;
  find_reach();
  chunks_.resize((trials.size() + width - 1) / width);
  for (std::size_t c = 0; c < chunks_.size(); ++c)
    chunks_[c].trials = std::min(width, trials.size() - c * width);
  check_memory(backward);
  shape(backward);
  load(trials);
}

// Before anything is allocated.
void StepBatch::check_memory(bool backward) const {
  double rows = 0.0;  // in points
  for (std::size_t p = 0; p < plan_.populations.size(); ++p) {
    const StepPopulation& cells = plan_.populations[p];
    const double kinds = cells.input ? 1.0 : backward ? 5.0 : 3.0;
    rows += cells.size *
            (kinds * static_cast<double>(points_) + static_cast<double>(front_[p] + back_[p]));
  }
  const double bytes = rows * sizeof(float) * width * static_cast<double>(chunks_.size());
  constexpr double most = 64e9;
  if (bytes > most)
    throw LimitError(
        "memory", most, bytes,
        fmt::format("{} points of {:g} ms for {} trials at once take {:.3g} GB; take a "
                    "longer step, shorter trials, or a smaller batch",
                    points_, step_, (chunks_.size() - 1) * width + chunks_.back().trials,
                    1e-9 * bytes));
}

// How far taps look beyond the points of a row.
void StepBatch::find_reach() {
  front_.assign(plan_.populations.size(), 0);
  back_.assign(plan_.populations.size(), 0);
  for (const StepLink& link : plan_.links) {
    const std::size_t reach = std::min<std::size_t>(kernels_[link.projection].longest, points_);
    front_[link.source] = std::max(front_[link.source], reach);
    back_[link.target] = std::max(back_[link.target], reach);
  }
}

void StepBatch::shape(bool backward) {
  for_each_trial(chunks_.size(), [&](std::size_t c) {
    chunks_[c].populations.resize(plan_.populations.size());
    for (std::size_t p = 0; p < plan_.populations.size(); ++p) {
      const StepPopulation& cells = plan_.populations[p];
      StepTraces& traces = chunks_[c].populations[p];
      const std::size_t front = front_[p], back = back_[p];
      if (cells.fires) traces.sent.shape(cells.size, front, points_);
      traces.spikes.assign(cells.size * width, 0);
      traces.open.clear();
      if (cells.input) continue;
      traces.v.shape(cells.size, 0, points_);
      if (cells.impulses) traces.impulses.shape(cells.size, 0, points_);
      if (cells.held) traces.signals.shape(cells.size, 0, points_);
      if (!backward) continue;
      traces.back.shape(cells.size, 0, points_);
      // Nobody writes the lanes of readouts that are idle in this batch and were not in another.
      for (std::size_t n = 0; n < cells.size && !cells.fires; ++n) traces.back.clear(n);
      if (cells.impulses) traces.impulses_back.shape(cells.size, 0, points_, back);
      if (cells.held) traces.signals_back.shape(cells.size, 0, points_, back);
      traces.drift.assign(cells.size, 0.0);
    }
    for (const StepLink& link : plan_.links) {
      if (!plan_.populations[link.source].input) continue;
      StepTraces& traces = chunks_[c].populations[link.source];
      StepRows& rows = link.held ? traces.value : traces.sent;
      rows.shape(plan_.populations[link.source].size, front_[link.source], points_);
    }
  });
}

void StepBatch::load(const std::vector<Trial>& trials) {
  for_each_trial(chunks_.size(), [&](std::size_t c) {
    StepChunk& chunk = chunks_[c];
    for (std::size_t p = 0; p < plan_.populations.size(); ++p)
      if (plan_.populations[p].input)
        for (StepRows* rows : {&chunk.populations[p].sent, &chunk.populations[p].value})
          for (std::size_t n = 0; n < rows->neurons(); ++n) rows->clear(n);
    for (std::size_t lane = 0; lane < chunk.trials; ++lane)
      load_input(trials[c * width + lane], lane, chunk);
  });
}

// Input spikes at the nearest points, one of a neuron at a point at most; graded ones add up. Signals
// are the sums of their changes.
void StepBatch::load_input(const Trial& trial, std::size_t lane, StepChunk& chunk) const {
  if (trial.initial || trial.timeline)
    throw NetworkError(
        "trial", trial.initial
                     ? "its neurons begin away from rest, and in steps they begin at 0; leave "
                       "v_init and i_init out, or train by exact gradients"
                     : "things happen in it besides spikes ([[event]]), which steps do not "
                       "know; leave them out, or train by exact gradients");
  for (std::size_t p = 0; p < plan_.populations.size(); ++p) {
    const StepPopulation& cells = plan_.populations[p];
    StepTraces& traces = chunk.populations[p];
    for (std::uint32_t k = 0; k < cells.size && !trial.muted.empty(); ++k) {
      if (!trial.is_muted(cells.first + k)) continue;
      if (traces.open.empty()) traces.open.assign(cells.size * width, 1.0f);
      traces.open[k * width + lane] = 0.0f;
    }
  }
  const double last = static_cast<double>(points_ - 1);
  for (std::size_t s = 0; s < trial.inputs.size(); ++s) {
    const NeuronId n = trial.inputs[s].neuron;
    const std::uint32_t p = network_->population_of(n);
    StepTraces& traces = chunk.populations[p];
    const std::uint32_t k = n - plan_.populations[p].first;
    ++traces.spikes[k * width + lane];
    if (trial.is_muted(n)) continue;
    const auto point =
        static_cast<std::size_t>(std::min(nearest_step(trial.inputs[s].time, step_), last));
    const auto payload = static_cast<float>(trial.graded() ? trial.payloads[s] : 1.0);
    if (!traces.sent.empty()) {
      float& sent = traces.sent.at(k, point)[lane];
      sent = trial.graded() ? sent + payload : 1.0f;
    }
    if (!traces.value.empty()) traces.value.at(k, point)[lane] += payload;
  }
  for (std::size_t p = 0; p < plan_.populations.size(); ++p) {
    StepRows& value = chunk.populations[p].value;
    for (std::size_t k = 0; k < value.neurons(); ++k) {
      double sum = 0.0;
      for (std::size_t n = 0; n < points_; ++n) {
        float& x = value.at(k, n)[lane];
        sum += static_cast<double>(x);
        x = static_cast<float>(sum);
      }
    }
  }
}

const StepRows& StepBatch::sent(const StepLink& link, const StepChunk& chunk) const {
  const StepTraces& traces = chunk.populations[link.source];
  return link.held ? traces.value : traces.sent;
}
const StepRows& StepBatch::returned(const StepLink& link, const StepChunk& chunk) const {
  const StepTraces& traces = chunk.populations[link.target];
  return link.held ? traces.signals_back : traces.impulses_back;
}

// `delay` in ms, all of it.
void StepBatch::taps_of(const StepLink& link, Time delay, Taps& taps) const {
  const LinkKernel& kernel = kernels_[link.projection];
  if (kernel.dilated)
    make_taps(kernel.shape, kernel.width, delay / step_, kernel.longest, taps);
  else
    make_tap(delay / step_, kernel.longest, taps);
}

// The taps of a synapse that meets row `row` of `from`, l points before (way -1) or after (+1).
void StepBatch::add_terms(const StepLink& link, SynapseId s, const StepRows& from, std::size_t row,
                          int way, std::vector<lanes::Term>& terms) const {
  Taps taps;
  taps_of(link, network_->total_delay(s), taps);
  const auto weight = static_cast<float>(network_->weight(s));
  for (std::size_t g = 0; g < taps.h.size(); ++g) {
    const std::size_t lag = taps.first + g;
    if (lag >= points_) break;
    terms.push_back({from.offset(row, way * static_cast<std::ptrdiff_t>(lag)), weight * taps.h[g]});
  }
}

// What reaches neuron j of the target, of what is sent; all chunks have rows of one shape.
StepBatch::Terms StepBatch::terms_of_target(const StepLink& link, std::size_t j) const {
  const Projection& p = network_->projections()[link.projection];
  Terms terms;
  for_each_incoming(*network_, link.projection, plan_.populations[link.target].size, j,
                    [&](SynapseId k, std::uint32_t source) {
                      add_terms(link, p.first + k, sent(link, chunks_[0]), source, -1, terms);
                    });
  return terms;
}
// What comes back to neuron i of the source.
StepBatch::Terms StepBatch::terms_of_source(const StepLink& link, std::size_t i) const {
  const Projection& p = network_->projections()[link.projection];
  Terms terms;
  for (SynapseId k = p.rows[i]; k < p.rows[i + 1]; ++k)
    add_terms(link, p.first + k, returned(link, chunks_[0]), p.targets[k], 1, terms);
  return terms;
}

void StepBatch::gather_to_targets(const StepLink& link) {
  for_each_stretch(plan_.populations[link.target].size, [&](std::size_t first, std::size_t end) {
    std::vector<Terms> terms(end - first);
    for (std::size_t j = first; j < end; ++j) terms[j - first] = terms_of_target(link, j);
    for (StepChunk& chunk : chunks_) {
      StepTraces& traces = chunk.populations[link.target];
      StepRows& rows = link.held ? traces.signals : traces.impulses;
      gather_rows(terms, sent(link, chunk).base(), points_,
                  [&](std::size_t r) { return rows.at(first + r); });
    }
  });
}

void StepBatch::gather_to_sources(const StepLink& link) {
  for_each_stretch(plan_.populations[link.source].size, [&](std::size_t first, std::size_t end) {
    std::vector<Terms> terms(end - first);
    for (std::size_t i = first; i < end; ++i) terms[i - first] = terms_of_source(link, i);
    for (StepChunk& chunk : chunks_) {
      StepRows& rows = chunk.populations[link.source].back;
      gather_rows(terms, returned(link, chunk).base(), points_,
                  [&](std::size_t r) { return rows.at(first + r); });
    }
  });
}

void StepBatch::forward(StepNormaliser* normaliser) {
  scaling_.assign(plan_.populations.size(), {});
  for (const auto& layer : plan_.layers) {
    const auto in_layer = [&](std::uint32_t p) {
      return std::find(layer.begin(), layer.end(), p) != layer.end();
    };
    for (StepChunk& chunk : chunks_)
      for (const std::uint32_t p : layer)
        for (StepRows* rows : {&chunk.populations[p].impulses, &chunk.populations[p].signals})
          for (std::size_t n = 0; n < rows->neurons(); ++n) rows->clear(n);
    bool recurrent = false;
    for (const StepLink& link : plan_.links) {
      if (!in_layer(link.target)) continue;
      recurrent = recurrent || link.recurrent;
      if (!link.recurrent) gather_to_targets(link);
    }
    for (const std::uint32_t p : layer) {
      if (normaliser) scaling_[p] = normaliser->scale(p, chunks_, points_ - 1);
      if (scaling_[p].empty()) scaling_[p].resize(plan_.populations[p].size);
    }
    if (recurrent)
      run_recurrent_layer(layer);
    else
      run_layer(layer);
  }
}

void StepBatch::run_layer(const std::vector<std::uint32_t>& layer) {
  for_each_trial(chunks_.size() * layer.size(), [&](std::size_t task) {
    StepChunk& chunk = chunks_[task / layer.size()];
    const std::uint32_t p = layer[task % layer.size()];
    const StepPopulation& cells = plan_.populations[p];
    for (std::uint32_t k = 0; k < cells.size; ++k) {
      StepState state;
      for (std::size_t n = 0; n < points_; ++n) {
        advance(cells, k, scaling_[p][k], n, state, chunk.populations[p]);
        take_in(cells, k, scaling_[p][k], n, state, chunk.populations[p]);
      }
    }
  });
}

// Of a layer that reaches itself: its projections, with the terms of all neurons on one side.
std::vector<StepBatch::InnerLink> StepBatch::inner_links(const std::vector<std::uint32_t>& layer,
                                                         bool back) const {
  std::vector<InnerLink> inner;
  for (const StepLink& link : plan_.links) {
    if (!link.recurrent || std::find(layer.begin(), layer.end(), link.target) == layer.end())
      continue;
    InnerLink& each = inner.emplace_back();
    each.link = &link;
    each.terms.resize(plan_.populations[back ? link.source : link.target].size);
    for_each_stretch(each.terms.size(), [&](std::size_t first, std::size_t end) {
      for (std::size_t n = first; n < end; ++n)
        each.terms[n] = back ? terms_of_source(link, n) : terms_of_target(link, n);
    });
  }
  return inner;
}

void StepBatch::run_recurrent_layer(const std::vector<std::uint32_t>& layer) {
  const std::vector<InnerLink> inner = inner_links(layer, false);
  for_each_trial(chunks_.size(), [&](std::size_t c) {
    StepChunk& chunk = chunks_[c];
    std::vector<std::vector<StepState>> states;
    states.reserve(layer.size());
    for (const std::uint32_t p : layer) states.emplace_back(plan_.populations[p].size);
    for (std::size_t n = 0; n < points_; ++n) {
      const auto shift = static_cast<std::ptrdiff_t>(n * width);
      for (std::size_t q = 0; q < layer.size(); ++q)
        for (std::uint32_t k = 0; k < states[q].size(); ++k)
          advance(plan_.populations[layer[q]], k, scaling_[layer[q]][k], n, states[q][k],
                  chunk.populations[layer[q]]);
      for (const InnerLink& each : inner) {
        StepRows& arrived = chunk.populations[each.link->target].impulses;
        for (std::size_t j = 0; j < each.terms.size(); ++j)
          lanes::gather(each.terms[j], sent(*each.link, chunk).base() + shift, arrived.at(j, n),
                        width);
      }
      for (std::size_t q = 0; q < layer.size(); ++q)
        for (std::uint32_t k = 0; k < states[q].size(); ++k)
          take_in(plan_.populations[layer[q]], k, scaling_[layer[q]][k], n, states[q][k],
                  chunk.populations[layer[q]]);
    }
  });
}

void StepBatch::backward(const Surrogate& surrogate, StepNormaliser* normaliser,
                         std::span<const double> spike_kick) {
  for (auto layer = plan_.layers.rbegin(); layer != plan_.layers.rend(); ++layer) {
    const auto in_layer = [&](std::uint32_t p) {
      return std::find(layer->begin(), layer->end(), p) != layer->end();
    };
    for (const std::uint32_t p : *layer)
      if (plan_.populations[p].fires)
        for (StepChunk& chunk : chunks_)
          for (std::size_t n = 0; n < chunk.populations[p].back.neurons(); ++n)
            chunk.populations[p].back.clear(n);
    bool recurrent = false;
    for (const StepLink& link : plan_.links) {
      if (!in_layer(link.source)) continue;
      recurrent = recurrent || link.recurrent;
      if (!link.recurrent) gather_to_sources(link);
    }
    for (const std::uint32_t p : *layer)
      if (!spike_kick.empty() && plan_.populations[p].fires) kick(p, spike_kick);
    if (recurrent)
      run_recurrent_layer_back(*layer, surrogate);
    else
      run_layer_back(*layer, surrogate);
    if (normaliser)
      for (const std::uint32_t p : *layer) normaliser->back(p, chunks_, points_ - 1);
  }
}

void StepBatch::kick(std::uint32_t population, std::span<const double> spike_kick) {
  const StepPopulation& cells = plan_.populations[population];
  for (StepChunk& chunk : chunks_)
    for (std::uint32_t k = 0; k < cells.size; ++k)
      for (std::size_t n = 0; n < points_; ++n) {
        float* back = chunk.populations[population].back.at(k, n);
        for (std::size_t b = 0; b < chunk.trials; ++b)
          back[b] += static_cast<float>(spike_kick[cells.first + k]);
      }
}

void StepBatch::run_layer_back(const std::vector<std::uint32_t>& layer,
                               const Surrogate& surrogate) {
  for_each_trial(chunks_.size() * layer.size(), [&](std::size_t task) {
    StepChunk& chunk = chunks_[task / layer.size()];
    const std::uint32_t p = layer[task % layer.size()];
    const StepPopulation& cells = plan_.populations[p];
    for (std::uint32_t k = 0; k < cells.size; ++k) {
      StepCostate costate;
      for (std::size_t n = points_; n-- > 0;) {
        send_back(cells, k, n, costate, chunk.populations[p]);
        turn_back(cells, k, surrogate, n, costate, chunk.populations[p]);
      }
    }
  });
}

void StepBatch::run_recurrent_layer_back(const std::vector<std::uint32_t>& layer,
                                         const Surrogate& surrogate) {
  const std::vector<InnerLink> inner = inner_links(layer, true);
  for_each_trial(chunks_.size(), [&](std::size_t c) {
    StepChunk& chunk = chunks_[c];
    std::vector<std::vector<StepCostate>> costates;
    costates.reserve(layer.size());
    for (const std::uint32_t p : layer) costates.emplace_back(plan_.populations[p].size);
    for (std::size_t n = points_; n-- > 0;) {
      const auto shift = static_cast<std::ptrdiff_t>(n * width);
      for (std::size_t q = 0; q < layer.size(); ++q)
        for (std::uint32_t k = 0; k < costates[q].size(); ++k)
          send_back(plan_.populations[layer[q]], k, n, costates[q][k], chunk.populations[layer[q]]);
      for (const InnerLink& each : inner) {
        StepRows& back = chunk.populations[each.link->source].back;
        for (std::size_t i = 0; i < each.terms.size(); ++i)
          lanes::gather(each.terms[i], returned(*each.link, chunk).base() + shift, back.at(i, n),
                        width);
      }
      for (std::size_t q = 0; q < layer.size(); ++q)
        for (std::uint32_t k = 0; k < costates[q].size(); ++k)
          turn_back(plan_.populations[layer[q]], k, surrogate, n, costates[q][k],
                    chunk.populations[layer[q]]);
    }
  });
}

void StepBatch::add_gradient(const GradientLayout& layout, std::vector<double>& sum) const {
  for (const StepLink& link : plan_.links) {
    const Projection& p = network_->projections()[link.projection];
    const std::size_t targets = plan_.populations[link.target].size;
    for_each_stretch(targets, [&](std::size_t first, std::size_t end) {
      Taps taps;
      std::vector<double> sums, part;
      for (std::size_t j = first; j < end; ++j)
        for_each_incoming(
            *network_, link.projection, targets, j, [&](SynapseId k, std::uint32_t source) {
              const SynapseId s = p.first + k;
              taps_of(link, network_->total_delay(s), taps);
              correlate(
                  chunks_, [&](const StepChunk& c) -> const StepRows& { return sent(link, c); },
                  [&](const StepChunk& c) -> const StepRows& { return returned(link, c); }, source,
                  j, taps, points_, sums, part);
              sum[s] += sum_of(sums, taps.h);
              if (kernels_[link.projection].dilated && layout.delays)
                sum[layout.offset(ParameterKind::delay) + s] +=
                    network_->weight(s) * sum_of(sums, taps.slope) / step_;
            });
    });
  }
  const std::size_t bias = layout.offset(ParameterKind::bias);
  for (std::size_t p = 0; p < plan_.populations.size(); ++p) {
    const StepPopulation& cells = plan_.populations[p];
    if (cells.input) continue;
    for (std::uint32_t k = 0; k < cells.size; ++k) {
      double drift = 0.0;
      for (const StepChunk& chunk : chunks_) drift += chunk.populations[p].drift[k];
      sum[bias + cells.first + k] += static_cast<double>(cells.held_kernel[k]) * drift;
    }
  }
}

double StepBatch::gradient_of(const Candidate& candidate) const {
  const StepLink& link = plan_.links[candidate.projection];
  const double axonal = network_->parameter(
      ParameterKind::axonal_delay, plan_.populations[link.source].first + candidate.source);
  const double dendritic = network_->parameter(
      ParameterKind::dendritic_delay, plan_.populations[link.target].first + candidate.target);
  Taps taps;
  std::vector<double> sums, part;
  taps_of(link, axonal + candidate.delay + dendritic, taps);
  correlate(
      chunks_, [&](const StepChunk& c) -> const StepRows& { return sent(link, c); },
      [&](const StepChunk& c) -> const StepRows& { return returned(link, c); }, candidate.source,
      candidate.target, taps, points_, sums, part);
  return sum_of(sums, taps.h);
}

}  // namespace retrograde
