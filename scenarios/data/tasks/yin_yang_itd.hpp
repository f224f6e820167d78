// Yin-Yang in time differences, as sounds reach two ears: the points of the published set
// (yin_yang.hpp), each coordinate the difference between the spikes of a pair of inputs. Inputs 0 and
// 1 are the left and right ear for x: their middle is the onset of the trial, and the right one is
// (2 x - 1) `largest_difference` later than the left one; inputs 2 and 3 are the same for y. The
// onset is uniform, such that all spikes lie between t_early and t_late. So every input fires once in
// every trial, and no single spike time says anything that the others do not have to be held against.
//
// Inter-aural time differences are how the direction of a sound is heard; delay lines into detectors
// of coincidence are the model of Jeffress (J. Comp. Physiol. Psychol. 41, 1948).
#pragma once

#include <retrograde/scenarios/data/tasks/generated_task.hpp>

namespace retrograde {

// Four inputs, from encoding.first on; times in ms. Sizes and points are those of the published set:
// labels are drawn at random, so classes are balanced but for chance. Throws ScenarioError for a
// difference that is not above 0 and for a window without room.
Dataset load_yin_yang_itd(const LatencyEncoding& encoding, Time largest_difference);

// kind = "yin_yang_itd" of [data].
DataKind yin_yang_itd_kind();

}  // namespace retrograde
