/*
 * The counter of the budget is only ever compared and exchanged as a whole, so that charges of several threads cannot pass the limit
 * together. Between the moment at which a purse fetches and the one at which it brings back there is at least a portion: a client
 * that allocates and frees around one size does not make its thread touch the counter each time.
 */
#include "base/budget.h"

#include <assert.h>
#include <stdint.h>

#define KEPT_BYTES_MAX (2 * BUDGET_PORTION_BYTES)

void budget_init(struct budget *budget, size_t bytes_max)
{
    atomic_init(&budget->used, 0);
    budget->max = bytes_max;
}

size_t budget_used(const struct budget *budget)
{
    return atomic_load_explicit(&budget->used, memory_order_relaxed);
}

static bool take(struct budget *budget, size_t bytes)
{
    size_t used = atomic_load_explicit(&budget->used, memory_order_relaxed);
    do {
        if (used > budget->max || bytes > budget->max - used)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&budget->used, &used, used + bytes, memory_order_relaxed,
                                                    memory_order_relaxed));
    return true;
}

static void give_back(struct budget *budget, size_t bytes)
{
    atomic_fetch_sub_explicit(&budget->used, bytes, memory_order_relaxed);
}

void budget_purse_init(struct budget_purse *purse, struct budget *budget)
{
    *purse = (struct budget_purse){.budget = budget};
}

void budget_purse_free(struct budget_purse *purse)
{
    if (!purse || !purse->budget)
        return;
    assert(purse->used == 0);
    give_back(purse->budget, purse->fetched);
    purse->fetched = 0;
}

void budget_account_init(struct budget_account *account, struct budget_purse *purse, size_t bytes_max)
{
    *account = (struct budget_account){.purse = purse, .max = bytes_max};
}

/* Makes the purse hold `bytes` that are not used: in whole portions, and near the end of the budget exactly. */
static bool fetch(struct budget_purse *purse, size_t bytes)
{
    size_t missing = bytes - (purse->fetched - purse->used);
    if (missing > SIZE_MAX - BUDGET_PORTION_BYTES)
        return false;
    size_t portions = (missing + BUDGET_PORTION_BYTES - 1) / BUDGET_PORTION_BYTES * BUDGET_PORTION_BYTES;
    if (take(purse->budget, portions))
        purse->fetched += portions;
    else if (take(purse->budget, missing))
        purse->fetched += missing;
    else
        return false;
    return true;
}

/* Of `used` bytes of an account, those that its peer answers for. */
static size_t above_floor(const struct budget_account *account, size_t used)
{
    return account->peer && used > account->floor ? used - account->floor : 0;
}

static bool charge_peer(const struct budget_account *account, size_t bytes)
{
    size_t more = above_floor(account, account->used + bytes) - above_floor(account, account->used);
    return more == 0 || take(account->peer, more);
}

static void release_peer(const struct budget_account *account, size_t bytes)
{
    size_t less = above_floor(account, account->used) - above_floor(account, account->used - bytes);
    if (less)
        give_back(account->peer, less);
}

/* Whatever the peer's limit. */
static void adopt_peer(const struct budget_account *account, size_t bytes)
{
    size_t more = above_floor(account, account->used + bytes) - above_floor(account, account->used);
    if (more)
        atomic_fetch_add_explicit(&account->peer->used, more, memory_order_relaxed);
}

bool budget_charge(struct budget_account *account, size_t bytes)
{
    if (!account)
        return true;
    struct budget_purse *purse = account->purse;
    bool in_share = account->used <= account->max && bytes <= account->max - account->used;
    bool is_paid =
        in_share && (purse->fetched - purse->used >= bytes || fetch(purse, bytes)) && charge_peer(account, bytes);
    if (!is_paid) {
        if (account->used <= account->floor && bytes <= account->floor - account->used) {
            budget_adopt(account, bytes);
            return true;
        }
        account->refused = true;
        return false;
    }
    account->used += bytes;
    purse->used += bytes;
    return true;
}

void budget_release(struct budget_account *account, size_t bytes)
{
    if (!account)
        return;
    struct budget_purse *purse = account->purse;
    assert(bytes <= account->used);
    release_peer(account, bytes);
    account->used -= bytes;
    purse->used -= bytes;
    size_t kept = purse->fetched - purse->used;
    if (kept > KEPT_BYTES_MAX) {
        give_back(purse->budget, kept - BUDGET_PORTION_BYTES);
        purse->fetched -= kept - BUDGET_PORTION_BYTES;
    }
}

void budget_adopt(struct budget_account *account, size_t bytes)
{
    if (!account)
        return;
    struct budget_purse *purse = account->purse;
    size_t kept = purse->fetched - purse->used;
    if (kept < bytes) {
        atomic_fetch_add_explicit(&purse->budget->used, bytes - kept, memory_order_relaxed);
        purse->fetched += bytes - kept;
    }
    adopt_peer(account, bytes);
    account->used += bytes;
    purse->used += bytes;
}

void budget_move(struct budget_account *from, struct budget_account *to, size_t bytes)
{
    if (from == to)
        return;
    if (!from || !to) {
        budget_release(from, bytes);
        budget_adopt(to, bytes);
        return;
    }
    assert(from->purse == to->purse && bytes <= from->used);
    release_peer(from, bytes);
    from->used -= bytes;
    adopt_peer(to, bytes);
    to->used += bytes;
}
