#include <fmt/format.h>

#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

std::string position(const std::string& file, std::uint32_t line, std::uint32_t column) {
  if (line == 0) return file;
  return fmt::format("{}:{}:{}", file, line, column);
}

}  // namespace

ScenarioError::ScenarioError(std::string file_, std::uint32_t line_, std::uint32_t column_,
                             std::string key_, std::string message_)
    : Error(key_.empty()
                ? fmt::format("{}: {}", position(file_, line_, column_), message_)
                : fmt::format("{}: {}: {}", position(file_, line_, column_), key_, message_)),
      file(std::move(file_)),
      line(line_),
      column(column_),
      key(std::move(key_)),
      message(std::move(message_)) {}

NetworkError::NetworkError(std::string where_, const std::string& message)
    : Error(fmt::format("{}: {}", where_, message)), where(std::move(where_)) {}

DeploymentError::DeploymentError(std::string where_, std::string field_, const std::string& message)
    : Error(fmt::format("{}: {}", where_, message)),
      where(std::move(where_)),
      field(std::move(field_)) {}

NumericalError::NumericalError(NeuronId neuron_, Time time_, const std::string& message)
    : Error(fmt::format("neuron {} at {} ms: {}", neuron_, time_, message)),
      neuron(neuron_),
      time(time_) {}

LimitError::LimitError(std::string resource_, double limit_, double wanted_,
                       const std::string& message)
    : Error(message), resource(std::move(resource_)), limit(limit_), wanted(wanted_) {}

LimitError::LimitError(std::string resource_, const std::string& message)
    : Error(message), resource(std::move(resource_)) {}

FormatError::FormatError(std::string file_, std::uint64_t offset_, const std::string& message)
    : Error(fmt::format("{}: byte {}: {}", file_, offset_, message)),
      file(std::move(file_)),
      offset(offset_) {}

FormatError::FormatError(std::string file_, std::string path_, const std::string& message)
    : Error(path_.empty() ? fmt::format("{}: {}", file_, message)
                          : fmt::format("{}: {}: {}", file_, path_, message)),
      file(std::move(file_)),
      path(std::move(path_)) {}

DeviceError::DeviceError(std::string device_, const std::string& message)
    : Error(device_ + ": " + message), device(std::move(device_)) {}

IoError::IoError(std::string file_, const std::string& message)
    : Error(fmt::format("{}: {}", file_, message)), file(std::move(file_)) {}

}  // namespace retrograde
