// Errors carry fields first, then a message that says what to do. A field that would not be true is
// empty. Builders and readers throw them;
// the command line turns every one of them into a message and exit status 2 (Interrupted: 130).
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <retrograde/events/ids.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A scenario file says something that cannot be meant.
class ScenarioError : public Error {
 public:
  ScenarioError(std::string file_, std::uint32_t line_, std::uint32_t column_, std::string key_,
                std::string message_);
  std::string file;
  std::uint32_t line, column;  // 1-based; 0: no position
  std::string key;             // dotted path of the offending key, may be empty
  std::string message;         // what() without position and key
};

// A network that cannot exist: parameters out of range, a cycle without delay.
class NetworkError : public Error {
 public:
  NetworkError(std::string where_, const std::string& message);
  std::string
      where;  // name of the population or projection, with the index of the neuron or synapse
};

// The simulation left the range in which its result would mean something.
class NumericalError : public Error {
 public:
  NumericalError(NeuronId neuron_, Time time_, const std::string& message);
  // Of many neurons or trials together.
  explicit NumericalError(const std::string& message) : Error(message) {}
  std::optional<NeuronId> neuron;
  std::optional<Time> time;
};

// A network that is possible but cannot go on this chip: the chip has no such thing, or no field
// wide enough for it.
class DeploymentError : public Error {
 public:
  DeploymentError(std::string where_, std::string field_, const std::string& message);
  std::string where;  // population or projection, with the index of the neuron or synapse
  std::string field;  // what of the chip it fails on: "vth", "weight", "neuron model"
};

// A limit of this program: a guard against runaway activity, the largest file or trial it takes.
class LimitError : public Error {
 public:
  LimitError(std::string resource_, double limit_, double wanted_, const std::string& message);
  // Nobody knows how much there is, only that it was too little.
  LimitError(std::string resource_, const std::string& message);
  std::string resource;
  std::optional<double> limit, wanted;
};

// A data file, checkpoint or trace that is not what it claims to be.
class FormatError : public Error {
 public:
  FormatError(std::string file_, std::uint64_t offset_, const std::string& message);
  // Where a file has names inside: "/node/edges".
  FormatError(std::string file_, std::string path_, const std::string& message);
  std::string file;
  std::optional<std::uint64_t> offset;  // bytes from the start of the (uncompressed) file
  std::string path;
};

// The operating system said no.
class IoError : public Error {
 public:
  IoError(std::string file_, const std::string& message);
  std::string file;
};

// A device that kernels run on (engine/device) failed, or there is none of that name.
class DeviceError : public Error {
 public:
  DeviceError(std::string device_, const std::string& message);
  std::string device;
};

// A flag or argument of the command line.
class UsageError : public Error {
 public:
  using Error::Error;
};

// The user asked to stop.
class Interrupted : public Error {
 public:
  using Error::Error;
};

// A bug of ours.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

}  // namespace retrograde
