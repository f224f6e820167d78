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

// Counts step after step what spikes make cores and links do.
class EventCounter {
 public:
  EventCounter(const Mapping& mapping, const Mesh& mesh, std::uint32_t populations,
               std::uint32_t steps)
      : mapping_(mapping),
        mesh_(mesh),
        most_updates_(populations, 0),
        operations_(mapping.cores.size()),
        words_(mapping.cores.size()),
        out_(mapping.cores.size()),
        in_(mapping.cores.size()),
        links_(mesh.links()),
        link_totals_(mesh.links(), 0) {
    work_.steps = steps;
    work_.chip.resize(steps);
    work_.cores.resize(mapping.cores.size());
    work_.population.resize(populations);
    for (std::uint32_t p = 0; p < populations; ++p)
      if (mapping.cores_of(p) > 0) work_.population[p].resize(steps);
    count_updates();
  }

  Workload run(const std::vector<ChipSpike>& spikes) {
    std::size_t next = 0;
    for (std::uint32_t t = 0; t < work_.steps; ++t) {
      for (; next < spikes.size() && spikes[next].step == t; ++next) count(spikes[next].neuron);
      end_step(t);
    }
    if (!link_totals_.empty())
      work_.hottest_link = *std::max_element(link_totals_.begin(), link_totals_.end());
    return std::move(work_);
  }

 private:
  // Every neuron in every step.
  void count_updates() {
    for (std::size_t c = 0; c < mapping_.cores.size(); ++c) {
      const auto neurons = static_cast<std::uint32_t>(mapping_.cores[c].neurons.size());
      std::uint32_t& most = most_updates_[mapping_.cores[c].population];
      most = std::max(most, neurons);
      most_of_all_ = std::max(most_of_all_, neurons);
      work_.cores[c].updates = std::uint64_t{neurons} * work_.steps;
      work_.updates += work_.cores[c].updates;
    }
  }

  // A spike of this step, on its way to every core that it goes to.
  void count(NeuronId neuron) {
    const std::uint32_t from = mapping_.core_of[neuron];
    const bool outside = from == Mapping::no_core;
    ++(outside ? work_.input_spikes : work_.spikes);
    const Tile start = outside ? entrance : mapping_.cores[from].tile;
    for (const Destination& d : mapping_.destinations_of(neuron)) {
      const Tile end = mapping_.cores[d.core].tile;
      operations_.add(d.core, d.operations);
      words_.add(d.core, d.words);
      in_.add(d.core, 1);
      if (!outside) out_.add(from, 1);
      mesh_.route(start, end, [&](std::size_t link) { links_.add(link, 1); });
      ++work_.messages;
      work_.hops_x += distance(start.x, end.x);
      work_.hops_y += distance(start.y, end.y);
    }
  }

  // What the step adds to the sums, and which core and link had most to do in it.
  void end_step(std::uint32_t t) {
    StepLoad& all = work_.chip[t];
    all.updates = most_of_all_;
    for (std::uint32_t p = 0; p < most_updates_.size(); ++p)
      if (!work_.population[p].empty()) work_.population[p][t].updates = most_updates_[p];
    for (const std::size_t c : in_.touched()) {
      add_to_core(c);
      StepLoad& own = work_.population[mapping_.cores[c].population][t];
      own.operations = std::max(own.operations, operations_[c]);
      own.words = std::max(own.words, words_[c]);
      all.operations = std::max(all.operations, operations_[c]);
      all.words = std::max(all.words, words_[c]);
      all.messages = std::max(all.messages, in_[c]);
    }
    for (const std::size_t c : out_.touched()) {
      work_.cores[c].sent += out_[c];
      all.messages = std::max(all.messages, out_[c]);
    }
    for (const std::size_t link : links_.touched()) {
      link_totals_[link] += links_[link];
      all.messages = std::max(all.messages, links_[link]);
    }
    for (StepCounters* counters : {&operations_, &words_, &out_, &in_, &links_}) counters->clear();
  }

  void add_to_core(std::size_t c) {
    CoreLoad& load = work_.cores[c];
    load.operations += operations_[c];
    load.words += words_[c];
    load.received += in_[c];
    work_.operations += operations_[c];
    work_.words += words_[c];
  }

  const Mapping& mapping_;
  const Mesh& mesh_;
  std::vector<std::uint32_t> most_updates_;  // by population, on one core
  std::uint32_t most_of_all_ = 0;
  StepCounters operations_, words_, out_, in_, links_;  // of the step, by core and by link
  std::vector<std::uint64_t> link_totals_;
  Workload work_;
};

}  // namespace

Workload count_events(const Mapping& mapping, const Mesh& mesh, std::uint32_t populations,
                      std::uint32_t steps, const std::vector<ChipSpike>& spikes) {
  return EventCounter(mapping, mesh, populations, steps).run(spikes);
}

}  // namespace retrograde::loihi2
