# Español. Un mensaje por línea o párrafo; { $n } es un valor que pone la página.
# Sintaxis: https://projectfluent.org/fluent/guide/ (texto, valores, plurales).
# Una prueba falla si falta un mensaje en un idioma, si sobra o si pide otros valores.

brand = Tablón
page-title = { $board } · #{ $n } · Tablón
skip = Saltar al tablón
language = Idioma
theme = Tema
theme-system = como el sistema
theme-light = claro
theme-dark = oscuro
on = Sí
off = No
you = tú
close = Cerrar
cancel = Cancelar
dismiss = Descartar
copy = Copiar
copied = Copiado
copy-by-hand = El navegador no dejó copiar a la página. El texto está seleccionado: pulsa Ctrl+C.

## Lugares

places = Lugares
place-board = Tablón
place-blocks = Bloques
place-wall = Mural
my-node = Mi nodo

## Conexión

connection-opening = Abriendo el nodo…
connection-connecting = Buscando a otros…
connection-alone = Sin nadie más
connection-offline = Sin conexión
connection-stopped = Nodo parado
connection-peers = { $n ->
    [one] { $n } par
   *[other] { $n } pares
}
node-opening = El nodo está abriendo su almacén…
node-stopped = El nodo no funciona; la razón está arriba.

## Cantidades

duration-seconds = { $n } s
duration-minutes = { $n } min
duration-hours = { $n } h
duration-days = { $n ->
    [one] { $n } día
   *[other] { $n } días
}
ago = hace { $time }
ago-now = ahora mismo
size-bytes = { $n ->
    [one] { $n } byte
   *[other] { $n } bytes
}
size-kilobytes = { $n } kB
size-megabytes = { $n } MB
size-gigabytes = { $n } GB
rate-hashes = { $n } H/s
rate-kilohashes = { $n } kH/s
rate-megahashes = { $n } MH/s
rate-gigahashes = { $n } GH/s

## Escribir

compose-message = Tu nota
compose-answer = Tu respuesta
compose-hint = ¿Qué debería leer todo el mundo? Una nota clavada ya no se puede retirar.
compose-name = Nombre
compose-name-hint = opcional
compose-topic = Tema
compose-topic-open = Añadir un tema
compose-remaining = { $n ->
    [one] queda { $n } byte
   *[other] quedan { $n } bytes
}
compose-too-long = { $n ->
    [one] Sobra { $n } byte: acorta la nota o publícala en dos partes.
   *[other] Sobran { $n } bytes: acorta la nota o publícala en dos partes.
}
compose-stamping = Calculando el sello…
compose-posted = Publicada. Espera un bloque.
post = Publicar
post-answer = Responder

## Notas

notes = Notas
notes-count = { $n ->
    [0] sin notas
    [one] { $n } nota
   *[other] { $n } notas
}
nameless = sin nombre
nameless-key = sin nombre ({ $key })
reply = Responder
take-away = Quitar
unfold = Mostrar la nota entera
confirmations = { $n ->
    [one] { $n } confirmación
   *[other] { $n } confirmaciones
}
block-number = bloque n.º { $n }
note-pending = espera un bloque
note-loosened-short = se soltó, vuelve a esperar
note-loosened = La rama con el bloque de esta nota perdió frente a otra con más trabajo. La nota no se ha perdido: espera un bloque nuevo.
note-dropped-short = no publicada
note-dropped = Este nodo soltó la nota: { $reason }. Copia el texto y publícalo otra vez si aún importa.
note-nobody-mines = Parece que nadie mina. Espera a alguien que lo haga o actívalo tú en
note-answers = responde a { $name }
note-elsewhere = una nota más antigua
replies-folded = { $n ->
    [one] Mostrar { $n } respuesta anterior
   *[other] Mostrar { $n } respuestas anteriores
}
new-notes = { $n ->
    [one] { $n } nota nueva
   *[other] { $n } notas nuevas
}
heard = { $n ->
    [one] { $n } nota nueva en el tablón
   *[other] { $n } notas nuevas en el tablón
}
topics = Temas
topics-all = Todas
topic-only = Solo notas sobre { $topic }
board-empty = Aquí no hay nada clavado todavía. Escribe la primera nota.
board-empty-topic = Ninguna de las notas cargadas tiene este tema. Carga otras más antiguas o elige «Todas».
older-load = Cargar notas anteriores
older-loading = Cargando notas anteriores…
older-none = Esta es la nota más antigua del tablón.

## Tira de bloques y bloques

strip = La cadena
strip-blocks = El próximo bloque y los últimos, del más nuevo al más viejo
next-block = Próximo bloque
next-number = Próximo: { $n }
next-pending = { $n ->
    [0] ninguna nota espera
    [one] { $n } nota espera
   *[other] { $n } notas esperan
}
next-expected = en unos { $time }
next-opening = abriendo…
next-stopped = nodo parado
next-nobody = nadie está minando
next-nothing = nada que minar
next-share = tu parte: { $percent } %
next-mining = tú minas
next-not-mining = tú no minas
all-blocks = Todos los bloques
block = Bloque
block-index = #{ $n }
genesis = génesis
fork = { $n ->
    [one] { $n } bloque perdió frente a una rama con más trabajo sobre el n.º { $height }
   *[other] { $n } bloques perdieron frente a una rama con más trabajo sobre el n.º { $height }
}
fork-title = Una rama que perdió
fork-blocks = Bloques de la rama que perdió, del más nuevo al más viejo
blocks-title = Todos los bloques
blocks-lead = { $n ->
    [one] { $n } bloque hasta ahora, guardado entero en esta pestaña.
   *[other] { $n } bloques, guardados enteros en esta pestaña, hasta el génesis.
}
column-age = Edad
column-notes = Notas
pages = Páginas
page-newest = Más nuevos
page-newer = Posteriores
page-older = Anteriores
to-genesis = Hasta el génesis

## Un bloque

block-title = Bloque n.º { $n }
block-loading = Pidiendo el bloque al nodo…
block-confirmed = { $n ->
    [one] En la cadena, { $n } confirmación.
   *[other] En la cadena, { $n } confirmaciones.
}
block-lost = Este bloque no está en la cadena: otra rama tiene más trabajo. Sus notas volvieron a esperar, salvo que la otra rama también las tenga.
block-is-genesis = El primer bloque. Se deduce solo de los parámetros del tablón, así que cada pestaña lo calcula por sí misma; nadie lo minó.
block-steps = Bloques anterior y siguiente
block-before = ← El bloque anterior
block-after = El bloque siguiente →
zero-bits = { $n ->
    [one] { $n } bit cero
   *[other] { $n } bits cero
}
zero-bits-value = { $bits }; hacían falta al menos { $needed }
block-size = Tamaño
header-title = Los 80 bytes de los que se sacó el hash
header-lead = Todo lo que es este bloque se sigue de estos bytes. Debajo de cada valor están sus bytes tal como se hashearon: el menos significativo primero.
header-range = bytes { $from }–{ $to }
header-missing = El nodo no envió los 80 bytes de esta cabecera, así que la página no puede comprobar el hash.
header-recomputed = SHA-256, dos veces, sobre estos 80 bytes, calculado ahora mismo en esta página:
header-agrees = Es el hash del bloque.
header-differs = No es el hash que el nodo dio para este bloque. No te fíes de este bloque.
toy-title = Prueba otro nonce
toy-less = Uno menos
toy-more = Uno más
toy-reset = Volver al del minero
toy-own = Este es el nonce que encontró el minero.
toy-short = { $bits } bits cero al principio; hacen falta al menos { $needed }. Cualquier nodo rechazaría este bloque.
toy-maybe = { $bits } bits cero al principio, hacen falta al menos { $needed }: quizá has encontrado otro nonce válido.
notes-in-block = { $n ->
    [0] Sin notas
    [one] { $n } nota
   *[other] { $n } notas
}
block-empty = Nadie había publicado: el minero selló un bloque vacío, que aun así añade trabajo a la cadena.
block-genesis-empty = El génesis nunca tiene notas.

## Mi nodo

chain-title = Cadena
tip = Último bloque
pending-title = En espera
storage-durable = { $size } en disco
storage-recovered = El almacén anterior estaba dañado y se apartó; la cadena se pidió de nuevo.
storage-memory = solo en memoria
resynchronise = Resincronizar
resynchronise-asking = Preguntando…
resynchronise-asked = { $n ->
    [one] Se pidió su cadena a { $n } par.
   *[other] Se pidió su cadena a { $n } pares.
}
resynchronise-alone = Ningún par conectado; buscando alguno.
board-title = Este tablón
board-name = Nombre
board-link = Enlace a este tablón
relay-connecting = conectando…
relay-connected = conectado
relay-away = ausente, otro intento en { $time }
wallet-note = La clave de esta dirección la guarda este navegador y firma tus notas. Quien borra los datos del navegador la pierde; no hay recuperación.
slot = Nodo { $n } de este navegador.

## Minería

mining-off = Parada. Las notas solo se clavan mientras alguien mina.
mining-on = En marcha: probando nonces para el próximo bloque.
mining-nothing = Nada que minar: ninguna nota espera. Empezará sola cuando llegue una.
mining-syncing = Espera a tener la cadena.
threads = Hilos
threads-fewer = Un hilo menos
threads-more = Un hilo más
threads-beyond = { $n ->
    [one] Este equipo dice tener { $n } núcleo: más hilos no irán más rápido.
   *[other] Este equipo dice tener { $n } núcleos: más hilos que esos no irán más rápido.
}
mine-only-pending = Solo si esperan notas
rate-history = Ritmo de hashes en los dos últimos minutos
blocks-found = Hallados aquí
difficulty-value = { $bits } bits cero (≈ { $tries } intentos)
energy-on = { $n ->
    [one] Uno de { $cores } núcleos trabaja sin pausa. Una página no puede medir la potencia: a ojo, de { $low } a { $high } vatios más que en reposo.
   *[other] { $n } de { $cores } núcleos trabajan sin pausa. Una página no puede medir la potencia: a ojo, de { $low } a { $high } vatios más que en reposo.
}
energy-off = { $n ->
    [one] Minar ocuparía uno de { $cores } núcleos: a ojo, de { $low } a { $high } vatios más que en reposo, y calor.
   *[other] Minar ocuparía { $n } de { $cores } núcleos: a ojo, de { $low } a { $high } vatios más que en reposo, y calor.
}

## Pares

peers-title = { $n ->
    [one] { $n } par
   *[other] { $n } pares
}
peers-none = Ninguna otra pestaña está conectada. Los bloques y las notas se quedan aquí hasta que haya una.
peers-gone = Se fueron hace poco
link-webrtc = directo
link-local = simulado
peer-connecting = conectando
peer-greeting = saludando
peer-connected = conectado
peer-height = en el n.º { $n }
round-trip = { $n } ms

## A solas

alone-title = Aquí no hay nadie más
alone-lead = Abre esta dirección en otra pestaña o mándasela a alguien: cada pestaña que la abre se vuelve un nodo de este tablón.
alone-offline = No se alcanza ningún relé y ninguna otra pestaña está conectada. Puedes escribir y minar igualmente; tus notas viajarán en cuanto se alcance a alguien.
alone-tab = Abrir otra pestaña
alone-localhost = «localhost» es solo este equipo. Para que otros entren, abre la página con una dirección a la que ellos también lleguen.
qr-label = Código QR del enlace a este tablón

## Avisos

fatal = El nodo no funciona. Recarga la página; si no basta, cierra otras pestañas de este tablón o prueba otro navegador.
fatal-retry = El nodo se paró y se está arrancando de nuevo.
lacks = A este navegador le falta { $feature }. Partes de la página no funcionarán; un Firefox, Chrome, Edge o Safari actual lo tiene.
lacks-webrtc = A este navegador le falta WebRTC (o una extensión lo prohíbe), así que esta pestaña no puede conectar con otras. Aquí puedes leer y escribir, pero a solas.
lacks-workers = A este navegador le faltan los web workers, en los que corre el nodo. Usa un Firefox, Chrome, Edge o Safari actual.
lacks-opfs = A este navegador le faltan los archivos privados (OPFS): la cadena queda en memoria y se pierde al cerrar esta pestaña.
lacks-simd = A este navegador le falta WebAssembly SIMD: se puede minar, pero varias veces más despacio.
sync-title = Trayendo la cadena
sync-count = { $have } de { $want } bloques
sync-measuring = midiendo la velocidad…
sync-speed = { $rate } bloques/s, quedan unos { $time }
clock-off = { $way ->
    [behind] El reloj de este equipo va unos { $time } por detrás de los demás. Ponlo en hora: hasta entonces, bloques buenos parecen demasiado nuevos y esperan.
   *[ahead] El reloj de este equipo va unos { $time } por delante de los demás. Ponlo en hora: hasta entonces, otras pestañas pueden rechazar los bloques que mines.
}
memory-banner = La cadena está solo en memoria y se pierde al cerrar esta pestaña.
relay-away-alone = El relé no responde y ninguna pestaña está conectada. Se vuelve a intentar sin que hagas nada.
relay-away-connected = { $n ->
    [one] El relé no responde. Sigues en contacto con { $n } par; las notas y los bloques siguen pasando.
   *[other] El relé no responde. Sigues en contacto con { $n } pares; las notas y los bloques siguen pasando.
}
notice-node-restarted = El nodo se paró y se arrancó de nuevo. No se ha perdido nada de lo que había guardado.
notice-miner-restarted = Un minero se paró y se arrancó de nuevo.
notice-no-miners = En este navegador no arrancan los mineros, así que esta pestaña no puede ni minar ni sellar notas. Leer y pasar bloques sí funciona.
notice-store-recovered = El almacén en disco estaba dañado. Se apartó, y la cadena se pide otra vez a los pares.
notice-reorganised = { $n ->
    [one] { $n } bloque cedió ante una rama con más trabajo.
   *[other] { $n } bloques cedieron ante una rama con más trabajo.
}
notice-loosened = { $n ->
    [one] { $n } nota se soltó y espera un bloque nuevo.
   *[other] { $n } notas se soltaron y esperan un bloque nuevo.
}

## Mural

wall-join = Entra
wall-nodes = { $n ->
    [one] { $n } nodo a la vista de este
   *[other] { $n } nodos a la vista de este
}
wall-rate = { $rate } entre todos
wall-leave = Volver al tablón

## Rechazos, por código; detrás va entre paréntesis la frase del propio nodo con los valores.

refused = Rechazado: { $reason }.
refusal-text_empty = Todavía no hay nada escrito. Escribe algo y publica otra vez.
refusal-text_too_long = Es demasiado largo, así que no se publicó nada. Acórtalo o publícalo en dos partes.
refusal-text_control_character = Contiene un carácter de control invisible, así que no se publicó nada. Bórralo, o teclea el texto en vez de pegarlo.
refusal-text_direction_change = Contiene un carácter invisible que cambia el sentido de lectura; podría hacer que un texto parezca otro, así que no se publicó nada. Bórralo y publica otra vez.
refusal-text_untrimmed = Empieza o acaba con un espacio, así que no se publicó nada. Quita el espacio y publica otra vez.
refusal-busy = Varias de tus notas esperan ya su sello. Publica otra vez dentro de un momento.
refusal-pool_full = Esperan más notas de las que guarda un nodo, y el sello de esta no es mejor que el de ellas. Publica otra vez tras el próximo bloque.
refusal-pool_too_many = Ya esperan un bloque demasiadas notas tuyas. Publica otra vez tras el próximo bloque.
refusal-too_many_threads = Un nodo no admite tantos hilos.
refusal-store_failed = El nodo no pudo escribir en su almacén, así que no se hizo nada. Quizá el disco está lleno.
refusal-no_such_block = Aquí no hay tal bloque. Quizá está en una rama que este nodo nunca vio, o más allá de donde llega la cadena.
refusal-node_stopped = El nodo no funciona, así que no se hizo nada. Recarga la página.
refusal-node_restarted = El nodo se paró antes de contestar y se está arrancando de nuevo. Prueba otra vez dentro de un momento.
refusal-too_many_calls = Se pidió demasiado a la vez. Prueba otra vez dentro de un momento.

## Palabras del oficio: la palabra y dos frases.

term-address = Dirección
meaning-address = Una dirección es la forma corta de una clave pública; quien tiene la clave privada que le corresponde puede firmar notas con ella. Un nombre lo puede usar cualquiera, una dirección no.
term-bits = Bits
meaning-bits = El objetivo en la forma compacta de Bitcoin: un byte de longitud y tres de cifras. El hash, leído como número, no debe ser mayor que el objetivo.
term-block = Bloque
meaning-block = Un bloque es una página de notas, sellada con trabajo y atada al bloque anterior por el hash de este. Cambiar una letra cambiaría su hash y rompería la atadura.
term-branch = Rama
meaning-branch = Dos mineros pueden hallar un bloque casi a la vez, y entonces hay dos ramas. Cada nodo sigue con la que contiene más trabajo.
term-confirmation = Confirmaciones
meaning-confirmation = Cuántos bloques se apoyan en una nota, contando el suyo. Cada uno hace más caro volver a quitarla, pero nunca imposible.
term-difficulty = Dificultad
meaning-difficulty = Con cuántos bits cero debe empezar el hash de un bloque. Se ajusta en cada bloque, para que sigan llegando al mismo paso mine quien mine.
term-genesis = Génesis
meaning-genesis = El primer bloque de la cadena, el número 0, igual para todos los nodos de un tablón. Su hash es la identidad del tablón.
term-hash = Hash
meaning-hash = Una huella de 32 bytes, calculada con SHA-256 dos veces. El menor cambio en los datos da otra del todo distinta, y nadie puede ir de ella hacia atrás.
term-hash-rate = Ritmo de hashes
meaning-hash-rate = Cuántos nonces se prueban cada segundo. Una tarjeta gráfica puede más que un aula entera de navegadores, así que un tablón es tan seguro como el trabajo honrado que hay en él.
term-header = Cabecera
meaning-header = Los 80 bytes que resumen un bloque, dispuestos exactamente como en Bitcoin. El minero saca su hash una y otra vez con otro nonce hasta que es lo bastante pequeño.
term-height = Altura
meaning-height = El número de un bloque, contado desde el génesis, que es 0. La altura de la cadena es el número de su bloque más nuevo.
term-merkle-root = Raíz de Merkle
meaning-merkle-root = Un hash que representa todas las notas del bloque: se hashean por pares, luego los hashes de los pares, hasta quedar uno solo. Con unos pocos hashes permite probar que una nota está en el bloque.
term-miner = Minero
meaning-miner = La dirección que encontró el nonce de este bloque. Cualquier pestaña puede minar.
term-mining = Minería
meaning-mining = Minar es probar números hasta que el hash de un bloque empiece con suficientes bits cero. Es lo que clava las notas: para cambiar el pasado habría que rehacer el trabajo más deprisa que todos los demás.
term-network = Tablón
meaning-network = Un tablón es una cadena con sus propios parámetros, que se nombra por el hash de su génesis. Quien tiene el enlace puede entrar.
term-node = Nodo
meaning-node = Un nodo guarda la cadena entera, comprueba cada bloque por sí mismo y lo pasa. Esta pestaña es uno; ningún servidor decide qué hay en el tablón.
term-nonce = Nonce
meaning-nonce = El número que buscaba el minero: con él, el hash de la cabecera es lo bastante pequeño. Hallarlo cuesta muchos intentos, comprobarlo solo uno.
term-peer = Par
meaning-peer = Otro nodo con el que este intercambia notas y bloques, de pestaña a pestaña. Nada de lo que diga un par se cree sin comprobarlo.
term-pending = En espera
meaning-pending = Una nota espera en la mempool de cada nodo hasta que un minero la mete en un bloque. Hasta entonces no es parte de la cadena y todavía puede caerse.
term-previous-hash = Hash anterior
meaning-previous-hash = El hash del bloque anterior. Ata los bloques en una cadena: para cambiar uno viejo habría que minar de nuevo todos los siguientes.
term-relay = Relé
meaning-relay = Un servidor que presenta unas pestañas a otras y luego se aparta. Ve quién está en la sala, pero ni notas ni bloques pasan por él, y las pestañas conectadas siguen sin él.
term-reorganisation = Reorganización
meaning-reorganisation = Ha aparecido una rama con más trabajo, y el nodo ha dejado la suya por ella. Las notas que solo estaban en la rama vieja se sueltan y esperan un bloque nuevo.
term-round-trip = Ida y vuelta
meaning-round-trip = Lo que tarda un mensaje en ir a este par y volver, en milésimas de segundo. Dice a qué distancia está, no si es honrado.
term-share = Tu parte
meaning-share = La parte de todo el trabajo en el próximo bloque que hace esta pestaña, estimada por los últimos bloques. Es también la probabilidad de que lo encuentres tú.
term-stamp = Sello
meaning-stamp = Un poco de trabajo que toda nota debe llevar, como un sello de correos pagado en cálculo. A un autor le cuesta poco; a una avalancha de notas, mucho.
term-storage = Almacén
meaning-storage = Dónde guarda esta pestaña la cadena: en los archivos privados del navegador, en disco, que aguantan una recarga, o solo en memoria, que se pierde con la pestaña. El navegador puede borrar los archivos privados si se llena el disco.
term-time = Hora
meaning-time = Cuándo dice el minero que se hizo el bloque, en segundos desde 1970. Debe ser posterior al bloque anterior y no ir muy por delante de los relojes de quienes lo comprueban.
term-version = Versión
meaning-version = Qué reglas sigue el bloque. Los mineros pueden además girar algunos de sus bits para tener más números que probar.
term-zero-bits = Bits cero iniciales
meaning-zero-bits = Cuántos bits al principio del hash son cero. Cada uno más duplica los intentos que cuesta de media un hash así.

## La historia de un valor

story-zero-bits = { $bits } bits cero: hacen falta unos { $tries } intentos para un hash así.
story-many-zero-bits = { $bits } bits cero: nadie puede haber probado lo bastante para dar con un hash así por azar.
story-difficulty = Ahora mismo un bloque cuesta de media unos { $tries } intentos.
story-bits = Estos piden un hash con al menos { $bits } bits cero al principio.
story-confirmations = { $n ->
    [one] Esta tiene { $n }: su propio bloque. Otra rama todavía puede adelantarlo.
   *[other] Esta tiene { $n }: su propio bloque y los minados encima desde entonces.
}
story-stamp = El sello de esta nota tiene { $bits } bits cero: unos { $tries } intentos.
