// The table of all kinds of data: the one place that knows every room below.
#include <array>

#include <retrograde/scenarios/data/data_kind.hpp>
#include <retrograde/scenarios/data/mnist.hpp>
#include <retrograde/scenarios/data/recordings/audio_kinds.hpp>
#include <retrograde/scenarios/data/recordings/mel_kind.hpp>
#include <retrograde/scenarios/data/tasks/coincidence.hpp>
#include <retrograde/scenarios/data/tasks/interval.hpp>
#include <retrograde/scenarios/data/tasks/polychrony.hpp>
#include <retrograde/scenarios/data/tasks/sequence_detection.hpp>
#include <retrograde/scenarios/data/tasks/temporal_xor.hpp>
#include <retrograde/scenarios/data/tasks/yin_yang.hpp>
#include <retrograde/scenarios/data/tasks/yin_yang_itd.hpp>
#include <retrograde/scenarios/data/trials/event_kinds.hpp>

namespace retrograde {

std::span<const DataKind> data_kinds() {
  static const std::array kinds = {
      yin_yang_kind(),     yin_yang_itd_kind(),  mnist_kind(),       sequence_detection_kind(),
      temporal_xor_kind(), interval_kind(),      coincidence_kind(), polychrony_kind(),
      events_kind(),       shd_kind(),           ssc_kind(),         n_mnist_kind(),
      recordings_kind(),   spoken_digits_kind(), mel_frames_kind(),
  };
  return kinds;
}

}  // namespace retrograde
