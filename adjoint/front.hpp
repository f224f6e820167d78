// The front door for who wants gradients (docs/cpp.md): what engine/front.hpp has, and
//
//   gradient_of(network, trials, loss)          mean loss and its gradient, by name   front/mean_gradient.hpp
//   gradient_of(network, trial, loss, label)    of one trial, with its tape           check/gradcheck.hpp
//   train(network, trials, loss, {.learn})      values that are better                front/train.hpp
//   make_loss(...)                              one file for each loss in loss/; a function of one's own:
//                                               loss/function_loss.hpp
#pragma once

#include <retrograde/adjoint/check/gradcheck.hpp>
#include <retrograde/adjoint/front/mean_gradient.hpp>
#include <retrograde/adjoint/front/train.hpp>
#include <retrograde/adjoint/loss/first_spike_cross_entropy.hpp>
#include <retrograde/adjoint/loss/function_loss.hpp>
#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/adjoint/loss/softmax_sum_cross_entropy.hpp>
#include <retrograde/adjoint/loss/spike_time_power.hpp>
#include <retrograde/adjoint/loss/spike_time_target.hpp>
#include <retrograde/adjoint/loss/van_rossum_distance.hpp>
#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_maximum_cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_over_time_cross_entropy.hpp>
#include <retrograde/adjoint/named_gradient.hpp>
#include <retrograde/engine/front.hpp>
