// lru_boost.cpp - boost::multi_index: a sequence and a hash index over the same nodes.

#include "lru.h"
#include <boost/multi_index/hashed_index.hpp>
#include <boost/multi_index/member.hpp>
#include <boost/multi_index/sequenced_index.hpp>
#include <boost/multi_index_container.hpp>
#include <string>
#include <string_view>

static size_t most;

struct view_hash {
    size_t operator()(std::string_view s) const { return std::hash<std::string_view>()(s); }
    size_t operator()(uint64_t k) const { return boost::hash<uint64_t>()(k); }
};
struct view_equal {
    bool operator()(std::string_view a, std::string_view b) const { return a == b; }
    bool operator()(uint64_t a, uint64_t b) const { return a == b; }
};

template <typename Key> struct entry {
    Key key;
    uint64_t value;
};

template <typename Key, typename View> struct cache {
    typedef boost::multi_index_container<
        entry<Key>, boost::multi_index::indexed_by<
                        boost::multi_index::sequenced<>,
                        boost::multi_index::hashed_unique<
                            boost::multi_index::member<entry<Key>, Key, &entry<Key>::key>, view_hash, view_equal>>>
        container;
    container entries;

    template <typename Compute> uint64_t get(View k, Compute compute)
    {
        auto &index = entries.template get<1>();
        auto &order = entries.template get<0>();
        auto found = index.find(k, view_hash(), view_equal());
        if (found != index.end()) {
            order.relocate(order.begin(), entries.template project<0>(found));
            return found->value;
        }
        uint64_t v = compute();
        if (order.size() >= most)
            order.pop_back();
        order.push_front(entry<Key>{ Key(k), v });
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
    numbers.entries.get<1>().rehash(capacity + 1);
    strings.entries.get<1>().rehash(capacity + 1);
}

LRU_LOOPS(any, get, get_str)
static const struct lru_loops lru_table[] = { { 0, any_independent, any_dependent, any_strings } };
#include "lru_main.h"
