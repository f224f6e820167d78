// [train]: how a scenario is trained. The numbers are those of adjoint/train, where their meaning
// and their source are written.
#pragma once

#include <cstdint>
#include <optional>

#include <retrograde/adjoint/grazing.hpp>
#include <retrograde/adjoint/train/learning.hpp>
#include <retrograde/adjoint/train/schedule.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/device/device_choice.hpp>

namespace retrograde {

// Which epoch is the best: that with the best accuracy, then the smallest loss, or with the smallest loss
// alone, which tells epochs apart where a small validation part has the same accuracy again and again.
enum class BestBy : std::uint8_t { accuracy, loss };

struct TrainSpec {
  std::uint32_t epochs = 100;
  std::uint32_t batch = 32;
  // In which the trials of a batch are summed, and among which threads and ranks share the way back
  // (adjoint/batch_groups.hpp); 0: as the network says.
  std::uint32_t batch_groups = 0;
  double weight_rate = 1e-3;  // Adam
  double delay_rate = 0.1;    // ms
  // Of tau_mem, tau_syn, v_threshold, v_reset, bias and t_ref, each in its own unit.
  double neuron_rate = 1e-3;
  double rate_decay = 1.0;  // all rates are multiplied by it after every epoch
  std::vector<Schedule> schedules;
  // Training ends after so many epochs without a better one on the validation part; 0: never.
  std::uint32_t patience = 0;
  BestBy best = BestBy::accuracy;
  double weight_decay = 0.0, weight_l1 = 0.0, delay_l1 = 0.0;  // as AdamSpec
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  // Silent-neuron remedy: after an epoch in which a neuron never fired its incoming weights rise by
  // this much. A heuristic.
  double silent_increment = 0.0;
  // Rate regulariser, a heuristic: strength * (mean spikes per trial - target) enters p_v at each
  // spike.
  double regulariser_strength = 0.0;
  double regulariser_target = 0.0;
  double gradient_clip = 0.0;  // largest norm of a batch gradient; 0: none
  GrazingOptions grazing;
  std::optional<DeviceChoice> device;  // where it is trained; none: on the CPU
};

// `learning` is what it is about, in `layout`. Throws ScenarioError.
TrainSpec read_train(TomlTable table, const Learning& learning, const ParameterLayout& layout);

}  // namespace retrograde
