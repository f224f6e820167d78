// Training has driven the network where it cannot go on: steps that were too long, in most cases.
#pragma once

#include <cstdint>
#include <string>

#include <retrograde/events/error.hpp>

namespace retrograde {

class TrainingError : public Error {
 public:
  TrainingError(std::uint32_t epoch_, std::uint64_t batch_, std::string where_,
                const std::string& message);
  std::uint32_t epoch;  // 1-based
  std::uint64_t batch;  // of the epoch, 1-based; the last one also for the judgement after it
  std::string where;    // the parameter or neuron, "weight of in->hidden[3]"
};

}  // namespace retrograde
