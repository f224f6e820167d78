// The trials of the next batch, made while a device is at work on this one.
#pragma once

#include <cstdint>
#include <future>
#include <span>
#include <vector>

#include <retrograde/engine/trial/labelled_trials.hpp>

namespace retrograde {

class PrefetchedTrials final : public LabelledTrials {
 public:
  // `all` outlives it.
  explicit PrefetchedTrials(const LabelledTrials& all) : all_(all) {}
  ~PrefetchedTrials() override;

  // Begins to make these, as `epoch` shows them. Those of the call before stay, earlier ones are
  // forgotten. Not while somebody asks for one.
  void prefetch(std::span<const std::uint32_t> indices, std::uint32_t epoch);

  std::size_t size() const override { return all_.size(); }
  Trial trial(std::size_t index) const override { return all_.trial(index); }
  int label(std::size_t index) const override { return all_.label(index); }
  // Waits for it if it is being made.
  Trial shown(std::size_t index, std::uint32_t epoch) const override;

  const LabelledTrials& all() const { return all_; }

 private:
  struct Batch {
    std::vector<std::uint32_t> indices;  // ascending
    std::uint32_t epoch = 0;
    std::shared_future<std::vector<Trial>> trials;
  };

  const LabelledTrials& all_;
  Batch this_, next_;
};

}  // namespace retrograde
