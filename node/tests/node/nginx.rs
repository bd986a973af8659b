//! The real nginx before a node, with each recipe of its manual and of
//! `docs/headless.md`: who can write through it.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::json;

use crate::common::{Answer, Program, exchange, post, start, wait_until};

const JSON: (&str, &str) = ("content-type", "application/json");

/// Debian's package puts it where only root looks.
const PROGRAM: &str = "/usr/sbin/nginx";

struct Nginx {
    child: Child,
    address: SocketAddr,
}

impl Nginx {
    /// With these lines in its `location /`.
    fn before(node: &Program, folder: &Path, recipe: &str) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let upstream = node.address;
        let at = folder.display();
        let config = format!(
            "daemon off; master_process off; pid {at}/pid; error_log {at}/error.log;\n\
             events {{}}\n\
             http {{\n\
             access_log off;\n\
             client_body_temp_path {at}/body; proxy_temp_path {at}/proxy;\n\
             fastcgi_temp_path {at}/fastcgi; uwsgi_temp_path {at}/uwsgi;\n\
             scgi_temp_path {at}/scgi;\n\
             map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}\n\
             upstream node {{ server {upstream}; keepalive 2; }}\n\
             server {{ listen {address}; server_name board.example;\n\
             location / {{ {} }} }} }}\n",
            recipe.replace("ADDRESS", &upstream.to_string())
        );
        let file = folder.join("nginx.conf");
        std::fs::write(&file, config).unwrap();
        let mut command = Command::new(PROGRAM);
        command
            .arg("-p")
            .arg(folder)
            .arg("-c")
            .arg(&file)
            .args(["-e", &format!("{at}/error.log")])
            .stderr(Stdio::null());
        let child = command.spawn().unwrap();
        let nginx = Self { child, address };
        wait_until(|| {
            let answer = nginx.ask("GET", "/api/v1/status", &[], "");
            answer.map(drop)
        });
        nginx
    }

    fn ask(&self, method: &str, path: &str, more: &[(&str, &str)], body: &str) -> Option<Answer> {
        let headers: Vec<(&str, &str)> = more.iter().copied().chain([JSON]).collect();
        exchange(self.address, method, path, &headers, body).ok()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a stranger gets to do through it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stranger {
    /// The name is not one that the host gave.
    IsNotAnswered,
    Reads,
    /// The tutorial's operations: such a request cannot be told from the machine's own,
    /// which `docs/headless.md` says.
    Posts,
}

const RECIPES: [(&str, &[&str], &str, Stranger); 13] = [
    ("plain", &[], "proxy_pass http://ADDRESS;", Stranger::Reads),
    (
        "plain, with a path",
        &[],
        "proxy_pass http://ADDRESS/;",
        Stranger::Reads,
    ),
    (
        "keepalive of the manual: HTTP/1.1 and nothing said",
        &[],
        "proxy_pass http://ADDRESS; proxy_http_version 1.1; proxy_set_header Connection \"\";",
        Stranger::Posts,
    ),
    (
        "HTTP/1.1 alone",
        &[],
        "proxy_pass http://ADDRESS; proxy_http_version 1.1;",
        Stranger::Posts,
    ),
    (
        "the same, behind a proxy",
        &["--behind-proxy"],
        "proxy_pass http://ADDRESS; proxy_http_version 1.1; proxy_set_header Connection \"\";",
        Stranger::Reads,
    ),
    (
        "the same, with a name",
        &["--host", "board.example"],
        "proxy_pass http://ADDRESS; proxy_http_version 1.1; proxy_set_header Host $host;",
        Stranger::Reads,
    ),
    (
        "Host, of a node that has no name",
        &[],
        "proxy_pass http://ADDRESS; proxy_http_version 1.1; proxy_set_header Host $host;",
        Stranger::IsNotAnswered,
    ),
    (
        "X-Real-IP",
        &[],
        "proxy_pass http://ADDRESS; proxy_http_version 1.1; \
         proxy_set_header X-Real-IP $remote_addr;",
        Stranger::Reads,
    ),
    (
        "X-Forwarded-For",
        &[],
        "proxy_pass http://ADDRESS; proxy_http_version 1.1; \
         proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
        Stranger::Reads,
    ),
    (
        "Forwarded",
        &[],
        "proxy_pass http://ADDRESS; proxy_http_version 1.1; \
         proxy_set_header Forwarded \"for=$remote_addr\";",
        Stranger::Reads,
    ),
    (
        "X-Forwarded-Proto alone",
        &[],
        "proxy_pass http://ADDRESS; proxy_http_version 1.1; \
         proxy_set_header X-Forwarded-Proto $scheme;",
        Stranger::Reads,
    ),
    (
        "WebSockets",
        &[],
        "proxy_pass http://ADDRESS; proxy_http_version 1.1; \
         proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection \"upgrade\";",
        Stranger::Reads,
    ),
    (
        "that of the documents",
        &["--behind-proxy", "--host", "board.example"],
        "proxy_pass http://ADDRESS; proxy_http_version 1.1; proxy_set_header Host $host; \
         proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; \
         proxy_set_header Upgrade $http_upgrade; \
         proxy_set_header Connection $connection_upgrade;",
        Stranger::Reads,
    ),
];

#[test]
fn no_recipe_of_nginx_lets_a_stranger_spend() {
    if !Path::new(PROGRAM).exists() {
        eprintln!("skipped: {PROGRAM} is not there (Debian's package nginx)");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (number, (recipe, options, lines, stranger)) in RECIPES.into_iter().enumerate() {
        let at = folder.path().join(number.to_string());
        std::fs::create_dir(&at).unwrap();
        let node = start(&at.join("store"), options);
        let nginx = Nginx::before(&node, &at, lines);
        let host = ("host", "board.example");
        let ask = |method, path, more: &[(&str, &str)], body: &str| {
            let headers: Vec<(&str, &str)> = more.iter().copied().chain([host]).collect();
            nginx.ask(method, path, &headers, body).unwrap().status
        };
        let post = post("Eve", "forged");
        let (reads, posts) = match stranger {
            Stranger::IsNotAnswered => (421, 421),
            Stranger::Reads => (200, 401),
            Stranger::Posts => (200, 201),
        };
        assert_eq!(ask("GET", "/chain", &[], ""), reads, "{recipe}");
        assert_eq!(
            ask("POST", "/new_transaction", &[], &post),
            posts,
            "{recipe}"
        );
        let mined = match posts {
            201 => 200,
            refused => refused,
        };
        assert_eq!(ask("GET", "/mine", &[], ""), mined, "{recipe}");
        let refused = reads.max(401);
        let inner = json!({ "node_address": "http://10.0.0.1:8000" }).to_string();
        let registered = ask("POST", "/register_node", &[], &inner);
        assert_eq!(
            registered,
            if posts == 201 { 403 } else { refused },
            "{recipe}"
        );
        for write in [
            json!({ "command": "leave" }),
            json!({ "command": "transfer", "to": "tablon1qqqq", "amount": 1 }),
        ] {
            let path = "/api/v1/transactions";
            assert_eq!(
                ask("POST", path, &[], &write.to_string()),
                refused,
                "{recipe}"
            );
        }
        if reads == 421 {
            continue;
        }
        // A header of a proxy before nginx is passed on, and is a mark as well.
        let hop = ("cf-connecting-ip", "203.0.113.7");
        assert_eq!(
            ask("POST", "/new_transaction", &[hop], &post),
            401,
            "{recipe}"
        );
        // The owner writes through it.
        let bearer = format!("Bearer {}", node.token.as_deref().unwrap());
        let own = ("authorization", bearer.as_str());
        assert_eq!(
            ask("POST", "/new_transaction", &[own], &post),
            201,
            "{recipe}"
        );
    }
}
