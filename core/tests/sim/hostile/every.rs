//! Which scenario shows each way to misbehave. A way without one does not compile.

use tablon_core::encode::DecodeError;
use tablon_core::hash::{BlockHash, PeerId};
use tablon_core::node::Misbehaviour;
use tablon_core::rules::RuleError;
use tablon_core::units::Height;
use tablon_core::wire::TooMany;

use super::{bodies, floods, frames, headers, news, signals, stalls};

fn scenarios(of: &Misbehaviour) -> Vec<fn()> {
    match of {
        Misbehaviour::Frame(_) => vec![frames::frames_that_do_not_read],
        Misbehaviour::Hello => vec![frames::a_second_hello],
        Misbehaviour::OtherNetwork { .. } => vec![
            frames::a_bad_hello_or_none_ends_the_acquaintance,
            signals::a_signal_from_another_network,
        ],
        Misbehaviour::OtherProtocol { .. } => {
            vec![frames::a_bad_hello_or_none_ends_the_acquaintance]
        }
        Misbehaviour::TooMany(_) => vec![
            frames::lists_longer_than_allowed,
            floods::requests_for_blocks_are_served_at_a_bearable_rate_and_not_without_end,
        ],
        Misbehaviour::HeadersDoNotFollow(_) => vec![
            frames::headers_that_do_not_follow_each_other,
            headers::headers_that_stand_on_nothing_known,
        ],
        Misbehaviour::Header { .. } => vec![frames::headers_that_break_a_rule],
        Misbehaviour::InvalidBranch(_) => vec![
            bodies::a_body_of_the_header_that_breaks_a_rule_condemns_both,
            bodies::a_post_out_of_order_in_a_block_is_found_by_the_ledger_and_costs_its_believer,
        ],
        Misbehaviour::Block { .. } => vec![
            bodies::a_body_that_is_not_the_headers_own_condemns_its_sender_and_not_the_block,
            news::a_block_pushed_with_another_body_condemns_its_sender_and_not_the_block,
        ],
        Misbehaviour::Transaction(_) => vec![frames::posts_that_break_a_rule],
        Misbehaviour::UnaskedBlock(_) | Misbehaviour::UnaskedHeaders => vec![
            frames::answers_that_nobody_asked_for,
            bodies::a_request_answered_with_another_block,
        ],
        Misbehaviour::UnaskedPong => vec![frames::answers_that_nobody_asked_for],
        Misbehaviour::UnsignedSignal => vec![signals::a_signal_whose_words_were_changed],
        Misbehaviour::LargeSignal { .. } => vec![signals::a_signal_larger_than_any_offer],
        Misbehaviour::MisplacedSignal => vec![
            signals::a_signal_of_the_node_itself_played_back,
            signals::an_invitation_that_people_should_carry,
        ],
        Misbehaviour::SignalOfAnother { .. } => vec![signals::a_signal_in_the_name_of_another],
        Misbehaviour::LargeNews { .. } => vec![news::a_large_block_pushed_unasked],
        Misbehaviour::TooFast { .. } => vec![
            frames::more_requests_than_the_bucket_holds,
            news::one_post_pushed_without_end,
            news::one_block_pushed_without_end,
            news::prune_and_graft_without_end,
        ],
        Misbehaviour::Silent { .. } => vec![
            frames::a_bad_hello_or_none_ends_the_acquaintance,
            stalls::a_stalling_peer_does_not_stop_the_fetch,
            stalls::pongs_that_stop_end_the_acquaintance_without_a_cool_off,
        ],
    }
}

#[test]
fn every_way_to_misbehave_has_its_scenario() {
    let hash = BlockHash([1; 32]);
    let rule = RuleError::CoinbaseHeight {
        required: Height(1),
        received: Height(2),
    };
    let decode = DecodeError::NotCanonical {
        what: "a message",
        length: 3,
    };
    let all = [
        Misbehaviour::Frame(decode),
        Misbehaviour::Hello,
        Misbehaviour::OtherNetwork {
            required: hash,
            received: hash,
        },
        Misbehaviour::OtherProtocol {
            required: 2,
            received: 1,
        },
        Misbehaviour::TooMany(TooMany {
            what: "ids",
            limit: 1,
            received: 2,
        }),
        Misbehaviour::HeadersDoNotFollow(hash),
        Misbehaviour::Header {
            hash,
            rule: rule.clone(),
        },
        Misbehaviour::InvalidBranch(hash),
        Misbehaviour::Block {
            hash,
            rule: rule.clone(),
        },
        Misbehaviour::Transaction(rule),
        Misbehaviour::UnaskedBlock(hash),
        Misbehaviour::UnaskedHeaders,
        Misbehaviour::UnaskedPong,
        Misbehaviour::UnsignedSignal,
        Misbehaviour::LargeSignal {
            limit: 1,
            received: 2,
        },
        Misbehaviour::MisplacedSignal,
        Misbehaviour::SignalOfAnother {
            from: PeerId([1; 32]),
        },
        Misbehaviour::LargeNews {
            limit: 1,
            received: 2,
        },
        Misbehaviour::TooFast { limit: 1 },
        Misbehaviour::Silent {
            seconds: 1,
            times: 1,
        },
    ];
    for fault in all {
        assert!(!scenarios(&fault).is_empty(), "{fault}");
    }
}
