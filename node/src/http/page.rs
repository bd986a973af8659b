//! A small page to look around with: no script, nothing to press.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tablon_core::command::{Command, Reply};
use tablon_core::node::Snapshot;
use tablon_core::units::Height;
use tablon_core::view::{BlockView, Status};

use super::answer::Problem;
use super::reader::store_failed;
use super::{CallerAddress, Served};

/// Blocks on a page.
const PAGE: u32 = 20;

/// Bytes of a page, at most: 128 KiB of posts a block, each of which HTML may write with
/// six.
const MAX_PAGE_BYTES: usize = PAGE as usize * 6 * 128 * 1024;

#[derive(Debug, Deserialize)]
pub(super) struct Part {
    from: Option<u32>,
}

/// Status and blocks, the newest first.
pub(super) async fn serve(
    State(served): State<Arc<Served>>,
    Extension(caller): Extension<CallerAddress>,
    part: Result<Query<Part>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(part) = part.map_err(|error| Problem::bad("bad_argument", error.body_text()))?;
    let Reply::Status(status) = served.reader.ask(Command::Status).await? else {
        unreachable!("the reply to a status is a status");
    };
    let newest = (status.height.0 + 1).saturating_sub(PAGE);
    let from = part.from.unwrap_or(newest).min(newest);
    let room = served
        .budget
        .reserve(caller.origin(), MAX_PAGE_BYTES)
        .await?;
    let from = Height(from);
    let read = move |snapshot: &Snapshot| {
        let blocks = snapshot.blocks(from, PAGE).map_err(store_failed)?;
        Ok(draw(&status, from, &blocks))
    };
    let page = served.reader.read(read).await?;
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    Ok((kind, room.hold(page.into_bytes())).into_response())
}

fn draw(status: &Status, from: Height, blocks: &[BlockView]) -> String {
    let name = escaped(&status.network_name);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{name}</title>\n\
         <h1>{name}</h1>\n\
         <p>Block {}, {} peers, {} posts waiting. This node's account is {}.</p>\n\
         <p>For programs: <a href=\"/api/v1/openapi.json\">description</a>, \
         <a href=\"/api/v1/status\">status</a>, <a href=\"/api/v1/blocks\">blocks</a>, \
         <a href=\"/api/v1/transactions\">posts</a>, \
         <a href=\"/api/v1/transactions/pending\">waiting</a>, \
         <a href=\"/api/v1/participants\">participants</a>, \
         <a href=\"/api/v1/peers\">peers</a>, <a href=\"/api/v1/events\">events</a>, \
         <a href=\"/chain\">whole chain</a>.</p>\n",
        status.height, status.peers, status.pending, status.address
    );
    for block in blocks.iter().rev() {
        draw_block(&mut page, block);
    }
    let older = from.0.saturating_sub(PAGE);
    if from.0 > 0 {
        say(
            &mut page,
            format_args!("<p><a href=\"/?from={older}\">Older</a></p>\n"),
        );
    }
    page
}

fn draw_block(page: &mut String, block: &BlockView) {
    say(
        page,
        format_args!(
            "<h2><a href=\"/api/v1/blocks/{}\">Block {}</a></h2>\n\
             <p><code>{}</code><br>after <code>{}</code><br>nonce {}, time {}</p>\n<ul>\n",
            block.hash, block.index, block.hash, block.previous_hash, block.nonce, block.timestamp
        ),
    );
    for transaction in &block.transactions {
        let author = match transaction.name.is_empty() {
            true => transaction.author.to_string(),
            false => format!("{} ({})", escaped(&transaction.name), transaction.author),
        };
        let text = match transaction.content.is_empty() {
            true => format!("{:?}", transaction.kind).to_lowercase(),
            false => escaped(&transaction.content),
        };
        let id = transaction.id;
        say(
            page,
            format_args!("<li>{author}: <a href=\"/api/v1/transactions/{id}\">{text}</a></li>\n"),
        );
    }
    page.push_str("</ul>\n");
}

fn say(page: &mut String, text: std::fmt::Arguments<'_>) {
    page.write_fmt(text).expect("a string takes any text");
}

// Posts are anybody's.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_cannot_draw() {
        let post = "<script>alert('1')</script> & \"more\"";
        assert_eq!(
            escaped(post),
            "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;more&quot;"
        );
    }
}
