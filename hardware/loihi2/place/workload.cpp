#include <algorithm>

#include <retrograde/hardware/loihi2/place/workload.hpp>

namespace retrograde::loihi2 {

namespace {

// Counters of one step that remember which of them to clear.
class StepCounters {
 public:
  explicit StepCounters(std::size_t size) : values_(size, 0) {}
  void add(std::size_t at, std::uint32_t amount) {
    if (values_[at] == 0) touched_.push_back(at);
    values_[at] += amount;
  }
  std::uint32_t operator[](std::size_t at) const { return values_[at]; }
  const std::vector<std::size_t>& touched() const { return touched_; }
  void clear() {
    for (const std::size_t at : touched_) values_[at] = 0;
    touched_.clear();
  }

 private:
  std::vector<std::uint32_t> values_;
  std::vector<std::size_t> touched_;
};

}  // namespace

Workload count_events(const Mapping& mapping, const Mesh& mesh, std::uint32_t populations,
                      std::uint32_t steps, const std::vector<ChipSpike>& spikes) {
  const std::size_t cores = mapping.cores.size();
  Workload work;
  work.steps = steps;
  work.chip.resize(steps);
  work.cores.resize(cores);
  work.population.resize(populations);
  for (std::uint32_t p = 0; p < populations; ++p)
    if (mapping.cores_of(p) > 0) work.population[p].resize(steps);

  std::vector<std::uint32_t> most_updates(populations, 0);  // on one core
  std::uint32_t most_of_all = 0;
  for (std::size_t c = 0; c < cores; ++c) {
    const auto neurons = static_cast<std::uint32_t>(mapping.cores[c].neurons.size());
    std::uint32_t& most = most_updates[mapping.cores[c].population];
    most = std::max(most, neurons);
    most_of_all = std::max(most_of_all, neurons);
    work.cores[c].updates = std::uint64_t{neurons} * steps;
    work.updates += work.cores[c].updates;
  }

  StepCounters operations(cores), words(cores), out(cores), in(cores);
  StepCounters links(mesh.links());
  std::vector<std::uint64_t> link_totals(mesh.links(), 0);
  std::size_t next = 0;
  for (std::uint32_t t = 0; t < steps; ++t) {
    for (; next < spikes.size() && spikes[next].step == t; ++next) {
      const NeuronId neuron = spikes[next].neuron;
      const std::uint32_t from = mapping.core_of[neuron];
      const bool outside = from == Mapping::no_core;
      ++(outside ? work.input_spikes : work.spikes);
      const Tile start = outside ? entrance : mapping.cores[from].tile;
      for (const Destination& d : mapping.destinations_of(neuron)) {
        const Tile end = mapping.cores[d.core].tile;
        operations.add(d.core, d.operations);
        words.add(d.core, d.words);
        in.add(d.core, 1);
        if (!outside) out.add(from, 1);
        mesh.route(start, end, [&](std::size_t link) { links.add(link, 1); });
        ++work.messages;
        work.hops_x += distance(start.x, end.x);
        work.hops_y += distance(start.y, end.y);
      }
    }

    StepLoad& all = work.chip[t];
    all.updates = most_of_all;
    for (std::uint32_t p = 0; p < populations; ++p)
      if (!work.population[p].empty()) work.population[p][t].updates = most_updates[p];
    for (const std::size_t c : in.touched()) {
      CoreLoad& load = work.cores[c];
      load.operations += operations[c];
      load.words += words[c];
      load.received += in[c];
      work.operations += operations[c];
      work.words += words[c];
      StepLoad& own = work.population[mapping.cores[c].population][t];
      own.operations = std::max(own.operations, operations[c]);
      own.words = std::max(own.words, words[c]);
      all.operations = std::max(all.operations, operations[c]);
      all.words = std::max(all.words, words[c]);
      all.messages = std::max(all.messages, in[c]);
    }
    for (const std::size_t c : out.touched()) {
      work.cores[c].sent += out[c];
      all.messages = std::max(all.messages, out[c]);
    }
    for (const std::size_t link : links.touched()) {
      link_totals[link] += links[link];
      all.messages = std::max(all.messages, links[link]);
    }
    for (StepCounters* counters : {&operations, &words, &out, &in, &links}) counters->clear();
  }
  if (!link_totals.empty())
    work.hottest_link = *std::max_element(link_totals.begin(), link_totals.end());
  return work;
}

}  // namespace retrograde::loihi2
