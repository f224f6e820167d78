#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/spikes/spike_formats.hpp>

namespace retrograde {

namespace {

// The arrays of one population, by their names.
struct Members {
  std::vector<std::string> neurons, times, trials;
};

class Arrays {
 public:
  Arrays(const ArrayFile& file, SpikeCollector& collector) : file_(file), collector_(collector) {
    for (const std::string& name : file.names())
      sonata_ |= file.format() == ArrayFormat::hdf5 && name.starts_with("spikes/");
  }

  void collect() {
    std::map<std::string, Members> groups;
    for (const std::string& name : file_.names()) sort_in(name, groups);
    std::erase_if(groups, [](const auto& group) { return group.second.times.empty(); });
    if (groups.empty())
      throw FormatError(
          file_.file(), 0,
          fmt::format("it has no spikes: arrays times and neurons, or those of each population, "
                      "POPULATION/times and POPULATION/neurons; there are: {}",
                      fmt::join(file_.names(), ", ")));
    for (const auto& [name, members] : groups) add(name, members);
    if (!file_.has("durations")) return;
    for (const double duration : list("durations")) {
      if (checked("durations", duration, latest_recorded, false) == 0)
        throw FormatError(file_.file(), 0, "durations: a trial is longer than 0 ms");
      collector_.duration(duration);
    }
  }

 private:
  // Groups of groups are of something else.
  void sort_in(const std::string& name, std::map<std::string, Members>& groups) const {
    const std::size_t slash = name.rfind('/');
    std::string group = slash == std::string::npos ? "" : name.substr(0, slash);
    const std::string member = slash == std::string::npos ? name : name.substr(slash + 1);
    if (sonata_) {
      if (group != "spikes" && !group.starts_with("spikes/")) return;
      group.erase(0, group == "spikes" ? 6 : 7);
    }
    if (group.find('/') != std::string::npos) return;
    std::optional<double> unit;
    if (names_neurons(member)) groups[group].neurons.push_back(name);
    if (names_times(member, &unit)) groups[group].times.push_back(name);
    if (names_trials(member)) groups[group].trials.push_back(name);
  }

  const std::string& one_of(const std::vector<std::string>& names, const std::string& at,
                            const char* what, const char* usual) const {
    if (names.size() > 1)
      throw FormatError(file_.file(), 0,
                        fmt::format("{} and {} may both be the {} of spikes; leave one of them",
                                    names[0], names[1], what));
    if (names.empty())
      throw FormatError(file_.file(), 0,
                        fmt::format("it has no array of the {} of spikes; call it {}{} (there are: "
                                    "{})",
                                    what, at, usual, fmt::join(file_.names(), ", ")));
    return names[0];
  }

  std::vector<double> list(const std::string& name) const {
    NumericArray array = file_.read(name);
    if (array.shape.size() != 1)
      throw FormatError(
          file_.file(), 0,
          fmt::format("{} has {} axes; one row of numbers is needed", name, array.shape.size()));
    return std::move(array.values);
  }

  // A number of a list, within [0, most], whole where it has to be.
  double checked(const std::string& name, double value, double most, bool whole) const {
    if (value >= 0 && value <= most && (!whole || value == std::floor(value))) return value;
    throw FormatError(file_.file(), 0,
                      fmt::format("{}: {} is no {} from 0 to {:g}", name, value,
                                  whole ? "whole number" : "time in ms", most));
  }

  // What the name or, in HDF5, an attribute says.
  std::optional<double> said_unit(const std::string& times) const {
    std::optional<double> unit;
    (void)names_times(times.substr(times.rfind('/') + 1), &unit);
    const auto written = file_.attribute(times, "units");
    if (unit || !written) return unit;
    if (*written == "milliseconds" || *written == "ms") return 1.0;
    if (*written == "seconds" || *written == "s") return 1e3;
    throw FormatError(
        file_.file(), times,
        fmt::format("its attribute units is \"{}\"; milliseconds and seconds are read", *written));
  }

  void add(const std::string& name, const Members& members) {
    const std::size_t population = collector_.population(name);
    const std::string at = name.empty() ? "" : name + '/';
    const std::string& times_at = one_of(members.times, at, "times", "times");
    const std::string& neurons_at = one_of(members.neurons, at, "neurons", "neurons");
    if (names_senders(neurons_at.substr(neurons_at.rfind('/') + 1))) collector_.senders();
    const double unit = collector_.unit(said_unit(times_at), 1.0);
    const std::vector<double> times = list(times_at), neurons = list(neurons_at);
    std::vector<double> trials(times.size(), 0.0);
    const std::string trials_at =
        members.trials.empty() ? "" : one_of(members.trials, at, "trials", "trials");
    if (!trials_at.empty()) trials = list(trials_at);
    if (neurons.size() != times.size() || trials.size() != times.size())
      throw FormatError(
          file_.file(), 0,
          fmt::format(
              "{}it has {} times, {} neurons and {} trials; one of each is needed per spike",
              name.empty() ? "" : name + ": ", times.size(), neurons.size(), trials.size()));
    constexpr auto most_neuron = static_cast<double>(largest_recorded_neuron);
    for (std::size_t k = 0; k < times.size(); ++k)
      collector_.add(
          population,
          static_cast<std::uint64_t>(checked(neurons_at, neurons[k], most_neuron, true)),
          checked(times_at, times[k] * unit, std::nextafter(latest_recorded, 0.0), false),
          static_cast<std::uint32_t>(
              checked(trials_at, trials[k], most_recorded_trials - 1.0, true)));
    add_size(population, sonata_ && !name.empty() ? "sizes/" + name : at + "size");
  }

  void add_size(std::size_t population, const std::string& at) {
    if (!file_.has(at)) return;
    const NumericArray size = file_.read(at);
    if (size.values.size() != 1 || size.values[0] < 1)
      throw FormatError(file_.file(), 0, fmt::format("{}: it is no number of neurons", at));
    const double most = collector_.reading().limits.neurons;
    collector_.size(population,
                    static_cast<std::uint32_t>(checked(at, size.values[0], most, true)));
  }

  const ArrayFile& file_;
  SpikeCollector& collector_;
  bool sonata_ = false;
};

}  // namespace

void collect_arrays(const ArrayFile& arrays, SpikeCollector& collector) {
  Arrays(arrays, collector).collect();
}

}  // namespace retrograde
