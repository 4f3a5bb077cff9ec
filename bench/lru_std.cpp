// lru_std.cpp - std::list in the order of use, and a hash map of its iterators: std::unordered_map, or with
// LRU_ABSL absl::flat_hash_map.

#include "lru.h"
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#ifdef LRU_ABSL
#include <absl/container/flat_hash_map.h>
template <typename K, typename V> using map = absl::flat_hash_map<K, V>;
#else
template <typename K, typename V> using map = std::unordered_map<K, V>;
#endif

static size_t most;

template <typename Key, typename View> struct cache {
    std::list<std::pair<Key, uint64_t>> order;
    map<View, typename std::list<std::pair<Key, uint64_t>>::iterator> index;

    template <typename Compute> uint64_t get(View k, Compute compute)
    {
        auto found = index.find(k);
        if (found != index.end()) {
            order.splice(order.begin(), order, found->second);
            return found->second->second;
        }
        uint64_t v = compute();
        if (order.size() >= most) {
            index.erase(View(order.back().first));
            order.pop_back();
        }
        order.emplace_front(Key(k), v);
        index.emplace(View(order.front().first), order.begin());
        return v;
    }
};

static cache<uint64_t, uint64_t> numbers;
static cache<std::string, std::string_view> strings;

static inline uint64_t get(uint64_t k)
{
    return numbers.get(k, [k] { return LRU_VALUE(k); });
}
static inline uint64_t get_str(const char *s)
{
    return strings.get(s, [s] { return lru_str_value(s); });
}
static void lru_setup(size_t capacity)
{
    most = capacity;
    numbers.index.reserve(capacity + 1);
    strings.index.reserve(capacity + 1);
}

LRU_LOOPS(any, get, get_str)
static const struct lru_loops lru_table[] = { { 0, any_independent, any_dependent, any_strings } };
#include "lru_main.h"
