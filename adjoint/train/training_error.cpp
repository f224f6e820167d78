#include <fmt/format.h>
#include <utility>

#include <retrograde/adjoint/train/training_error.hpp>

namespace retrograde {

TrainingError::TrainingError(std::uint32_t epoch_, std::uint64_t batch_, std::string where_,
                             const std::string& message)
    : Error(fmt::format("epoch {}, batch {}: {}: {}", epoch_, batch_, where_, message)),
      epoch(epoch_),
      batch(batch_),
      where(std::move(where_)) {}

}  // namespace retrograde
