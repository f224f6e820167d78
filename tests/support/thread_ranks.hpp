// Ranks that are threads of one process and send through queues: what is tested of ranks without
// MPI is the same code with other mail.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <retrograde/engine/ranks/ranks.hpp>

namespace retrograde::test {

// The mail between all ranks.
class Post {
 public:
  explicit Post(int size) : size_(size) {}
  int size() const { return size_; }

  void put(int from, int to, std::span<const std::byte> bytes) {
    const std::lock_guard lock(mutex_);
    mail_[{from, to}].emplace_back(bytes.begin(), bytes.end());
    bytes_ += bytes.size();
    came_.notify_all();
  }
  // Throws for what was sent in another size, and after `close`.
  void get(int from, int to, std::span<std::byte> bytes) {
    std::unique_lock lock(mutex_);
    auto& queue = mail_[{from, to}];
    came_.wait(lock, [&] { return closed_ || !queue.empty(); });
    if (queue.empty()) throw std::runtime_error("the post is closed");
    if (queue.front().size() != bytes.size()) throw std::runtime_error("another size was sent");
    std::copy(queue.front().begin(), queue.front().end(), bytes.begin());
    queue.pop_front();
  }
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    came_.notify_all();
  }
  // Whether everything that was sent has been received.
  bool empty() {
    const std::lock_guard lock(mutex_);
    for (const auto& [way, queue] : mail_)
      if (!queue.empty()) return false;
    return true;
  }
  std::size_t bytes() {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }

 private:
  int size_;
  std::mutex mutex_;
  std::condition_variable came_;
  std::map<std::pair<int, int>, std::deque<std::vector<std::byte>>> mail_;
  std::size_t bytes_ = 0;
  bool closed_ = false;
};

class ThreadRanks final : public Ranks {
 public:
  ThreadRanks(Post& post, int rank) : post_(post), rank_(rank) {}
  int rank() const override { return rank_; }
  int size() const override { return post_.size(); }
  std::string name(int rank) const override { return "rank " + std::to_string(rank); }
  void send(int to, std::span<const std::byte> bytes) override { post_.put(rank_, to, bytes); }
  void sent() override {}
  void receive(int from, std::span<std::byte> bytes) override { post_.get(from, rank_, bytes); }
  void tell(std::span<const std::byte> bytes) override {
    for (int to = 1; to < size(); ++to) post_.put(0, -to, bytes);
  }
  void hear(std::span<std::byte> bytes) override { post_.get(0, -rank_, bytes); }
  bool stopped() const override { return stop && stop(); }

  std::function<bool()> stop;

 private:
  Post& post_;
  int rank_;
};

// Runs `lead` on rank 0 and `follow` on threads of their own as the others; the post is closed when
// `lead` is over. Rethrows what it throws, then what others throw while it is not.
inline void with_ranks(int size, const std::function<void(ThreadRanks&)>& lead,
                       const std::function<void(ThreadRanks&)>& follow) {
  Post post(size);
  std::vector<std::exception_ptr> errors(static_cast<std::size_t>(size));
  std::vector<std::thread> threads;
  for (int rank = 1; rank < size; ++rank)
    threads.emplace_back([&, rank] {
      ThreadRanks ranks(post, rank);
      try {
        follow(ranks);
      } catch (...) {
        errors[static_cast<std::size_t>(rank)] = std::current_exception();
        post.close();
      }
    });
  ThreadRanks ranks(post, 0);
  try {
    lead(ranks);
  } catch (...) {
    errors[0] = std::current_exception();
    post.close();
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& error : errors)
    if (error) std::rethrow_exception(error);
  if (!post.empty()) throw std::runtime_error("something was sent that nobody has received");
}

}  // namespace retrograde::test
